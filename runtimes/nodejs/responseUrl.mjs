// Functions behind custom resources answer at the event's ResponseURL. AWS's is an HTTPS address, so that many of them
// (AWS's own cfn-response, all of the CDK) take its host and path only, and send to port 443 by HTTPS. Here the address
// is the cloud's, by plain HTTP: what is sent there goes there.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
import { createRequire, syncBuiltinESMExports } from 'node:module';

const require = createRequire(import.meta.url);
const answers = '/_aws/cloudformation-response/';
let installed = false;

/** Leads HTTPS requests for the address of an answer to where it is. Nothing else is touched. */
export function reachResponseUrl(address) {
  if (installed || typeof address !== 'string' || !address.startsWith('http://')) return;
  const cloud = new URL(address);
  if (!cloud.pathname.startsWith(answers)) return;
  installed = true;
  const https = require('node:https');
  const http = require('node:http');
  const { request } = https;
  https.request = (options, ...rest) => {
    const host = options?.hostname ?? options?.host;
    if (host !== cloud.hostname || !options.path?.startsWith(answers)) return request(options, ...rest);
    return http.request({ ...options, protocol: 'http:', port: cloud.port, agent: undefined }, ...rest);
  };
  syncBuiltinESMExports();
}
