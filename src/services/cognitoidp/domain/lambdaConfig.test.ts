import { expect, it } from 'vitest';
import { lambdaConfigOf } from './lambdaConfig.ts';

const arn = 'arn:aws:lambda:us-east-1:000000000000:function:guard';
const versioned = { LambdaArn: arn, LambdaVersion: 'V2_0' };

it('shows the function of tokens under both of its names', () => {
  expect(lambdaConfigOf()).toEqual({});
  expect(lambdaConfigOf({ PreSignUp: arn })).toEqual({ PreSignUp: arn });
  expect(lambdaConfigOf({ PreTokenGenerationConfig: versioned })).toEqual({
    PreTokenGeneration: arn,
    PreTokenGenerationConfig: versioned,
  });
});

it('refuses two functions of tokens, and senders without a key', () => {
  const other = { PreTokenGeneration: `${arn}2`, PreTokenGenerationConfig: versioned };
  expect(() => lambdaConfigOf(other)).toThrow('same function');
  const sender = { CustomEmailSender: { LambdaArn: arn, LambdaVersion: 'V1_0' } };
  expect(() => lambdaConfigOf(sender)).toThrow('KMSKeyID is required');
  const KMSKeyID = 'arn:aws:kms:us-east-1:000000000000:key/1';
  expect(lambdaConfigOf({ ...sender, KMSKeyID })).toEqual({ ...sender, KMSKeyID });
});
