import { describe, expect, it } from 'vitest';
import { AwsError } from '../kernel/index.ts';
import { createServiceProtocol, loadModel } from './index.ts';
import { requestFor } from './testing.ts';

const iam = createServiceProtocol(loadModel('iam'));

function parse(form: string): unknown {
  const { request, body } = requestFor('POST', '/', {}, form);
  return iam.resolve(request, body)?.parse(request, body);
}

describe('awsQuery', () => {
  it('reads nested lists in the order of their numbers', () => {
    expect(
      parse(
        'Action=TagRole&Version=2010-05-08&RoleName=r&Tags.member.10.Key=c&Tags.member.10.Value=&Tags.member.2.Key=a&Tags.member.2.Value=x+y%2B',
      ),
    ).toEqual({
      RoleName: 'r',
      Tags: [
        { Key: 'a', Value: 'x y+' },
        { Key: 'c', Value: '' },
      ],
    });
  });

  it('finds the action in the query string of a GET', () => {
    const { request, body } = requestFor('GET', '/?Action=GetRole&RoleName=r');
    expect(iam.resolve(request, body)?.parse(request, body)).toEqual({ RoleName: 'r' });
  });

  it.each([
    'Action=TagRole&RoleName=%',
    'Action=TagRole&RoleName.a=b',
    `Action=TagRole&${'a.'.repeat(5000)}=b`,
  ])('refuses %s', (form) => {
    expect(() => parse(form)).toThrow(AwsError);
  });

  it('writes results and errors in their envelopes', () => {
    const operation = iam.operation('GetRole');
    expect(
      operation?.serialize(
        { Role: { RoleName: 'r<', CreateDate: new Date(0), MaxSessionDuration: 3600 } },
        'id',
      ).body,
    ).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<GetRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><GetRoleResult><Role>' +
        '<RoleName>r&lt;</RoleName><CreateDate>1970-01-01T00:00:00Z</CreateDate><MaxSessionDuration>3600</MaxSessionDuration>' +
        '</Role></GetRoleResult><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></GetRoleResponse>',
    );
    // As IAM writes them: without a fraction of a second.
    const role = { RoleName: 'r', CreateDate: new Date(1_700_000_000_999) };
    expect(operation?.serialize({ Role: role }, 'id').body).toContain(
      '<CreateDate>2023-11-14T22:13:20Z</CreateDate>',
    );
    const answer = operation?.serializeError(
      new AwsError('NoSuchEntityException', 'The role is gone.'),
      'id',
    );
    expect(answer?.status).toBe(404);
    expect(answer?.body).toContain(
      '<Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>The role is gone.</Message></Error><RequestId>id</RequestId>',
    );
  });
});
