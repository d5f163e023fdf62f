import { describe, expect, it } from 'vitest';
import { statementOf } from './policy.ts';

const arn = 'arn:aws:lambda:us-east-1:000000000000:function:f';
const input = {
  FunctionName: 'f',
  StatementId: 's',
  Action: 'lambda:InvokeFunction',
  Principal: 's3.amazonaws.com',
};

describe('statementOf', () => {
  it('writes the statement that AWS writes', () => {
    expect(
      statementOf({ ...input, SourceArn: 'arn:aws:s3:::b', SourceAccount: '000000000000' }, arn),
    ).toEqual({
      Sid: 's',
      Effect: 'Allow',
      Principal: { Service: 's3.amazonaws.com' },
      Action: 'lambda:InvokeFunction',
      Resource: arn,
      Condition: {
        StringEquals: { 'AWS:SourceAccount': '000000000000' },
        ArnLike: { 'AWS:SourceArn': 'arn:aws:s3:::b' },
      },
    });
    expect(statementOf({ ...input, Principal: '111122223333' }, arn).Principal).toEqual({
      AWS: 'arn:aws:iam::111122223333:root',
    });
    const opened = { ...input, Action: 'lambda:InvokeFunctionUrl', Principal: '*' };
    expect(statementOf({ ...opened, FunctionUrlAuthType: 'NONE' }, arn)).toMatchObject({
      Principal: '*',
      Condition: { StringEquals: { 'lambda:FunctionUrlAuthType': 'NONE' } },
    });
  });

  it('refuses principals and actions that AWS refuses', () => {
    expect(() => statementOf({ ...input, Principal: 'nobody' }, arn)).toThrow(
      'The provided principal was invalid',
    );
    expect(() => statementOf({ ...input, Action: 's3:GetObject' }, arn)).toThrow(
      "at 'action' failed to satisfy",
    );
    expect(() => statementOf({ ...input, FunctionUrlAuthType: 'NONE' }, arn)).toThrow(
      'FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action',
    );
    expect(() =>
      statementOf({ ...input, Action: 'lambda:InvokeFunctionUrl', InvokedViaFunctionUrl: true }, arn),
    ).toThrow('InvokedViaFunctionUrl is only supported for lambda:InvokeFunction action');
  });
});
