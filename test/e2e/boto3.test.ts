/** boto3, unmodified, against every service of the slice: another implementation of the wire than the SDK for JavaScript. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boto3, python } from './support/clients.ts';
import { type Server, startServer } from './support/server.ts';

let server: Server;
beforeAll(async () => {
  server = await startServer(['--port', '0', '--ephemeral', '--log-level', 'warn']);
});
afterAll(async () => {
  await server?.kill('SIGKILL');
});

const prelude = 'import boto3, json, io, zipfile, botocore\n';
const run = <T>(program: string) => python<T>(server.endpoint, prelude + program);

describe.skipIf(!boto3)('boto3', () => {
  it('DynamoDB: items, conditions and paging', async () => {
    const result = await run<{ names: string[]; conflict: string; count: number; numbers: string[] }>(`
from decimal import Decimal
from boto3.dynamodb.conditions import Key
dynamodb = boto3.resource('dynamodb')
table = dynamodb.create_table(TableName='things', BillingMode='PAY_PER_REQUEST',
  AttributeDefinitions=[{'AttributeName':'pk','AttributeType':'S'},{'AttributeName':'sk','AttributeType':'N'}],
  KeySchema=[{'AttributeName':'pk','KeyType':'HASH'},{'AttributeName':'sk','KeyType':'RANGE'}])
table.wait_until_exists()
with table.batch_writer() as batch:
  for n in range(60):
    batch.put_item(Item={'pk':'a','sk':Decimal(n),'name':f'n{n}','blob':b'\\x00\\xff','nested':{'list':[1,None,True,{'x'}]}})
names, start = [], None
while True:
  page = table.query(KeyConditionExpression=Key('pk').eq('a') & Key('sk').between(5, 9), Limit=2, **({'ExclusiveStartKey': start} if start else {}))
  names += [item['name'] for item in page['Items']]
  start = page.get('LastEvaluatedKey')
  if not start: break
try:
  table.put_item(Item={'pk':'a','sk':1}, ConditionExpression='attribute_not_exists(pk)')
  conflict = 'none'
except botocore.exceptions.ClientError as error:
  conflict = error.response['Error']['Code']
count = table.update_item(Key={'pk':'c','sk':0}, UpdateExpression='ADD hits :one', ExpressionAttributeValues={':one':1}, ReturnValues='UPDATED_NEW')['Attributes']['hits']
print(json.dumps({'names': names, 'conflict': conflict, 'count': int(count), 'numbers': [str(table.get_item(Key={'pk':'a','sk':7})['Item']['sk'])]}))
`);
    expect(result).toEqual({
      names: ['n5', 'n6', 'n7', 'n8', 'n9'],
      conflict: 'ConditionalCheckFailedException',
      count: 1,
      numbers: ['7'],
    });
  });

  it('S3: objects, listings, ranges, multipart, presigned URLs', async () => {
    const result = await run<Record<string, unknown>>(`
import urllib.request
from botocore.config import Config
s3 = boto3.client('s3', config=Config(s3={'addressing_style':'path'}))
s3.create_bucket(Bucket='bucket-of-boto')
for name in ['a/1', 'a/2', 'b/1', 'c d+é']: s3.put_object(Bucket='bucket-of-boto', Key=name, Body=name.encode(), Metadata={'kind':'test'})
listing = s3.list_objects_v2(Bucket='bucket-of-boto', Delimiter='/')
part = s3.get_object(Bucket='bucket-of-boto', Key='a/1', Range='bytes=0-0')['Body'].read().decode()
upload = s3.create_multipart_upload(Bucket='bucket-of-boto', Key='big')['UploadId']
etags = [s3.upload_part(Bucket='bucket-of-boto', Key='big', UploadId=upload, PartNumber=n, Body=bytes([n]) * (5*1024*1024))['ETag'] for n in (1, 2)]
done = s3.complete_multipart_upload(Bucket='bucket-of-boto', Key='big', UploadId=upload, MultipartUpload={'Parts':[{'PartNumber':n+1,'ETag':etag} for n, etag in enumerate(etags)]})
url = s3.generate_presigned_url('get_object', Params={'Bucket':'bucket-of-boto','Key':'c d+é'})
fetched = urllib.request.urlopen(url).read().decode()
try:
  s3.get_object(Bucket='bucket-of-boto', Key='missing'); missing = 'found'
except s3.exceptions.NoSuchKey: missing = 'NoSuchKey'
print(json.dumps({'keys':[o['Key'] for o in listing['Contents']], 'prefixes':[p['Prefix'] for p in listing['CommonPrefixes']], 'part':part,
  'size': s3.head_object(Bucket='bucket-of-boto', Key='big')['ContentLength'], 'etag': done['ETag'].strip('"').split('-')[1],
  'fetched': fetched, 'missing': missing, 'metadata': s3.head_object(Bucket='bucket-of-boto', Key='a/1')['Metadata']}))
`);
    expect(result).toEqual({
      keys: ['c d+é'],
      prefixes: ['a/', 'b/'],
      part: 'a',
      size: 10 * 1024 * 1024,
      etag: '2',
      fetched: 'c d+é',
      missing: 'NoSuchKey',
      metadata: { kind: 'test' },
    });
  });

  it('Lambda in Python, with its log in CloudWatch Logs and its role from IAM', async () => {
    const result = await run<{
      answer: unknown;
      who: string;
      lines: string[];
      tail: boolean;
      failure: string;
    }>(`
import base64, time
iam, lam, logs = boto3.client('iam'), boto3.client('lambda'), boto3.client('logs')
trust = {'Version':'2012-10-17','Statement':[{'Effect':'Allow','Principal':{'Service':'lambda.amazonaws.com'},'Action':'sts:AssumeRole'}]}
role = iam.create_role(RoleName='worker', AssumeRolePolicyDocument=json.dumps(trust))['Role']
assert role['AssumeRolePolicyDocument'] == trust
iam.attach_role_policy(RoleName='worker', PolicyArn='arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole')
code = io.BytesIO()
with zipfile.ZipFile(code, 'w') as archive:
  archive.writestr('app.py', '''
import json, os, urllib.request
def handler(event, context):
    print('hello from python', event.get('name'))
    if event.get('fail'): raise ValueError('as asked')
    return {'name': event['name'], 'function': context.function_name, 'left': context.get_remaining_time_in_millis() > 0}
''')
lam.create_function(FunctionName='snake', Runtime='python3.12', Role=role['Arn'], Handler='app.handler', Code={'ZipFile': code.getvalue()})
lam.get_waiter('function_active_v2').wait(FunctionName='snake')
answer = lam.invoke(FunctionName='snake', Payload=json.dumps({'name':'Ada'}), LogType='Tail')
tail = b'hello from python Ada' in base64.b64decode(answer['LogResult'])
failed = lam.invoke(FunctionName='snake', Payload=json.dumps({'name':'x','fail':True}))
failure = json.load(failed['Payload'])['errorType'] + ' ' + failed['FunctionError']
lines = []
for attempt in range(100):
  try: lines = [e['message'] for e in logs.filter_log_events(logGroupName='/aws/lambda/snake', filterPattern='hello')['events']]
  except logs.exceptions.ResourceNotFoundException: pass
  if len(lines) == 2: break
  time.sleep(0.05)
print(json.dumps({'answer': json.load(answer['Payload']), 'who': boto3.client('sts').get_caller_identity()['Arn'], 'lines': [l.strip() for l in lines], 'tail': tail, 'failure': failure}))
`);
    expect(result).toEqual({
      answer: { name: 'Ada', function: 'snake', left: true },
      who: 'arn:aws:iam::000000000000:root',
      lines: ['hello from python Ada', 'hello from python x'],
      tail: true,
      failure: 'ValueError Unhandled',
    });
  });

  it('accounts by access key and regions by scope are worlds of their own', async () => {
    const result = await run<Record<string, string[]>>(`
def tables(account, region):
  client = boto3.client('dynamodb', aws_access_key_id=account, aws_secret_access_key='x', region_name=region)
  return client, client.list_tables()['TableNames']
client, _ = tables('111111111111', 'eu-west-1')
client.create_table(TableName='mine', BillingMode='PAY_PER_REQUEST', AttributeDefinitions=[{'AttributeName':'id','AttributeType':'S'}], KeySchema=[{'AttributeName':'id','KeyType':'HASH'}])
print(json.dumps({'own': tables('111111111111', 'eu-west-1')[1], 'region': tables('111111111111', 'us-west-2')[1], 'account': tables('222222222222', 'eu-west-1')[1]}))
`);
    expect(result).toEqual({ own: ['mine'], region: [], account: [] });
  });
});
