/**
 * The module that CloudFormation puts beside inline code which asks for it:
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-lambda-function-code-cfnresponsemodule.html
 * `send(event, context, status, data, physicalResourceId, noEcho)` tells a stack how its custom resource fared. This one
 * also speaks plain HTTP to any port.
 */

const node = `'use strict';
const http = require('node:http');
const https = require('node:https');

exports.SUCCESS = 'SUCCESS';
exports.FAILED = 'FAILED';

exports.send = (event, context, responseStatus, responseData, physicalResourceId, noEcho) => {
  const body = JSON.stringify({
    Status: responseStatus,
    Reason: 'See the details in CloudWatch Log Stream: ' + context.logStreamName,
    PhysicalResourceId: physicalResourceId || context.logStreamName,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
    NoEcho: noEcho || false,
    Data: responseData,
  });
  const url = new URL(event.ResponseURL);
  const headers = { 'content-type': '', 'content-length': Buffer.byteLength(body) };
  const { request } = url.protocol === 'http:' ? http : https;
  return new Promise((resolve) => {
    const finish = () => {
      if (typeof context.done === 'function') context.done();
      resolve();
    };
    const sending = request(url, { method: 'PUT', headers }, (response) => {
      response.resume();
      response.on('end', finish);
    });
    sending.on('error', (error) => {
      console.log('The response could not be sent: ' + error);
      finish();
    });
    sending.end(body);
  });
};
`;

const python = `import json
import urllib.request

SUCCESS = "SUCCESS"
FAILED = "FAILED"


def send(event, context, responseStatus, responseData, physicalResourceId=None, noEcho=False, reason=None):
    body = json.dumps(
        {
            "Status": responseStatus,
            "Reason": reason or "See the details in CloudWatch Log Stream: " + context.log_stream_name,
            "PhysicalResourceId": physicalResourceId or context.log_stream_name,
            "StackId": event["StackId"],
            "RequestId": event["RequestId"],
            "LogicalResourceId": event["LogicalResourceId"],
            "NoEcho": noEcho,
            "Data": responseData,
        }
    ).encode()
    request = urllib.request.Request(event["ResponseURL"], data=body, method="PUT", headers={"content-type": ""})
    try:
        urllib.request.urlopen(request).close()
    except Exception as error:
        print("The response could not be sent:", error)
`;

/** @param source inline code. @returns the file to add, by its name; none when the code doesn't ask for it. */
export function responseModule(extension: string, source: string): Record<string, string> {
  if (extension === 'py') return /\bcfnresponse\b/.test(source) ? { 'cfnresponse.py': python } : {};
  return /['"]cfn-response['"]/.test(source) ? { 'node_modules/cfn-response/index.js': node } : {};
}
