import { InvalidEvent } from '../errors.ts';
import { expectMap, property } from '../expect.ts';
import { pythonText } from '../intrinsics.ts';
import { listOf, literal, oneOf, required, type Schema, string } from '../schema.ts';
import { asList, type Dict, getAtt, isMap, isText, text } from '../values.ts';
import type { EventSource } from './eventSource.ts';
import { invokePermission } from './permission.ts';
import { existingResource, requireType } from './s3.ts';

const schema: Schema = {
  UserPool: required(string),
  Trigger: literal(oneOf(string, listOf(string)), true),
};

/** Event of type Cognito: a user pool of the same template triggers the function. */
export const cognitoEvent: EventSource = {
  schema,
  link: (event, context) => {
    const pool = event.properties.UserPool;
    if (isMap(pool) && 'Ref' in pool) {
      if (!isText(pool.Ref)) throw new InvalidEvent(event.logicalId, 'Ref in Userpool is not a string.');
      const resource = context.resources[text(pool.Ref)];
      if (resource !== undefined) return { pool: resource, poolId: text(pool.Ref) };
    }
    throw new InvalidEvent(
      event.id,
      'Cognito events must reference a Cognito UserPool in the same template.',
    );
  },
  transform: (event, { target }) => {
    const pool = event.link.pool as Dict;
    const poolId = text(event.link.poolId);
    const permission = invokePermission(`${target.logicalId}Cognito`, target, {
      principal: 'cognito-idp.amazonaws.com',
      sourceArn: getAtt(poolId, 'Arn'),
    });
    pool.Properties ??= {};
    const properties = pool.Properties as Dict;
    properties.LambdaConfig ??= {};
    const config = expectMap(properties.LambdaConfig, property(poolId, 'LambdaConfig'));
    for (const trigger of asList(event.properties.Trigger).map(text)) {
      if (trigger in config) {
        const named = pythonText(event.properties.Trigger);
        throw new InvalidEvent(event.id, `Cognito trigger "${named}" defined multiple times.`);
      }
      config[trigger] = target.arn;
    }
    requireType(poolId, pool, 'AWS::Cognito::UserPool');
    return [permission, existingResource(poolId, pool)];
  },
};
