import { expect, it } from 'vitest';
import { refineDynamoDb } from './dynamoDbConstraints.ts';
import { loadModel } from './index.ts';
import { Validator } from './validate.ts';

const { shapes } = loadModel('dynamodb');
const validator = new Validator(refineDynamoDb(shapes), ['AttributeName'], true);
const check = (shape: string, input: object) => validator.compile({ shape })?.(input);

it.each([['abc'], ['a'.repeat(255)], ['arn:aws:dynamodb:eu-west-1:000000000000:table/abc']])(
  'takes the table %s',
  (TableName) => {
    expect(check('ScanInput', { TableName })).toBeUndefined();
  },
);

it.each([
  ['', ['pattern: [a-zA-Z0-9_.-]+', 'length greater than or equal to 3']],
  ['a;', ['pattern: [a-zA-Z0-9_.-]+', 'length greater than or equal to 3']],
  ['ab', ['length greater than or equal to 3']],
  ['a'.repeat(256), ['length less than or equal to 255']],
])('refuses the table %s', (TableName, wrong) => {
  const message = check('ScanInput', { TableName }) ?? '';
  expect(message.split('; Value').map((part) => part.replace(/^.*(length|pattern)/, '$1'))).toEqual(wrong);
  expect(message).toContain(`Value '${TableName}' at 'tableName'`);
});

it('tells the words of a set in the order of the service', () => {
  expect(check('PutItemInput', { TableName: 'abc', Item: {}, ReturnValues: 'hi' })).toBe(
    "1 validation error detected: Value 'hi' at 'returnValues' failed to satisfy constraint: Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]",
  );
});

it('tells what is wrong with several members in the order of the service', () => {
  const null_ = 'failed to satisfy constraint: Member must not be null';
  expect(check('UpdateTableInput', { TableName: 'abc', ProvisionedThroughput: {} })).toBe(
    `2 validation errors detected: Value null at 'provisionedThroughput.writeCapacityUnits' ${null_}; Value null at 'provisionedThroughput.readCapacityUnits' ${null_}`,
  );
  expect(check('UpdateTableInput', { TableName: 'abc', AttributeDefinitions: [{}] })).toBe(
    `2 validation errors detected: Value null at 'attributeDefinitions.1.member.attributeType' ${null_}; Value null at 'attributeDefinitions.1.member.attributeName' ${null_}`,
  );
});

it('leaves ARNs to the operations, and knows no empty keys', () => {
  expect(check('DescribeTableInput', { TableName: '' })).toBeUndefined();
  expect(check('DescribeBackupInput', { BackupArn: '' })).toBeUndefined();
  expect(check('UpdateTableInput', { TableName: 'abc', SSESpecification: { KMSMasterKeyId: '' } })).toBe(
    "1 validation error detected: Value '' at 'sSESpecification.kMSMasterKeyId' failed to satisfy constraint: Member must have length greater than or equal to 1",
  );
});

it('holds the lists of a batch to both bounds', () => {
  expect(check('BatchWriteItemInput', { RequestItems: { abc: [] } })).toBe(
    "1 validation error detected: Value '{abc=[]}' at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 25, Member must have length greater than or equal to 1]",
  );
  expect(check('BatchGetItemInput', { RequestItems: { 'a;': { Keys: [{}] } } })).toBe(
    "1 validation error detected: Value '{a;={Keys=[{}]}}' at 'requestItems' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 255, Member must have length greater than or equal to 3, Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+]",
  );
});

it('knows no null inside lists and maps', () => {
  expect(check('TransactGetItemsInput', { TransactItems: [null] })).toBe(
    "1 validation error detected: Value '[null]' at 'transactItems' failed to satisfy constraint: Member must satisfy constraint: [Member must not be null]",
  );
  expect(check('BatchGetItemInput', { RequestItems: { abc: null } })).toBe(
    "1 validation error detected: Value '{abc=null}' at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: [Member must not be null]",
  );
});
