import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';

const table = DynamoDBDocumentClient.from(new DynamoDBClient());
const TableName = process.env.TABLE_NAME;

/** GET, PUT, POST and DELETE of /resource/{resourceId}. */
export async function handler(event) {
  const id = event.pathParameters.resourceId;
  log(event.httpMethod, id);
  try {
    return await methods[event.httpMethod](id, event);
  } catch (error) {
    if (error instanceof SyntaxError) return reply(400, { message: 'The body must be a JSON object.' });
    if (error.name === 'ConditionalCheckFailedException') return notFound(id);
    throw error;
  }
}

const methods = {
  async GET(id) {
    const { Item } = await table.send(new GetCommand({ TableName, Key: { id } }));
    return Item ? reply(200, Item) : notFound(id);
  },

  async PUT(id, event) {
    const Item = { ...fields(event), id };
    await table.send(new PutCommand({ TableName, Item }));
    return reply(200, Item);
  },

  async POST(id, event) {
    const changes = Object.entries(fields(event)).filter(([name]) => name !== 'id');
    if (changes.length === 0) return methods.GET(id);
    const { Attributes } = await table.send(
      new UpdateCommand({
        TableName,
        Key: { id },
        ConditionExpression: 'attribute_exists(id)',
        UpdateExpression: `SET ${changes.map((_, n) => `#n${n} = :v${n}`).join(', ')}`,
        ExpressionAttributeNames: Object.fromEntries(changes.map(([name], n) => [`#n${n}`, name])),
        ExpressionAttributeValues: Object.fromEntries(changes.map(([, value], n) => [`:v${n}`, value])),
        ReturnValues: 'ALL_NEW',
      }),
    );
    return reply(200, Attributes);
  },

  async DELETE(id) {
    await table.send(new DeleteCommand({ TableName, Key: { id } }));
    return { statusCode: 204 };
  },
};

/** The request's body, which must be a JSON object. */
function fields(event) {
  const text = event.isBase64Encoded ? Buffer.from(event.body, 'base64').toString() : event.body;
  const body = JSON.parse(text ?? '{}');
  if (body === null || typeof body !== 'object' || Array.isArray(body))
    throw new SyntaxError('Not an object');
  return body;
}

function reply(statusCode, body) {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function notFound(id) {
  return reply(404, { message: `There is no resource ${id}.` });
}

function log(...words) {
  if (process.env.LOG_LEVEL !== 'silent') console.log(...words);
}
