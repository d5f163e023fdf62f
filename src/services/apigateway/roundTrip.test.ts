/** Every API body that SAM's own test templates make: imported, exported, imported again, and still the same. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../store/index.ts';
import { apigateway } from './index.ts';
import { openToyCloud } from './testing/toyCloud.ts';
import { apigatewayv2 } from './v2/index.ts';

const outputs = '../shared/conformance/sam/output';

/** `{ Ref: … }` and `{ 'Fn::…': … }` as CloudFormation would have resolved them: some text of the right form. */
function resolved(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((entry) => resolved(entry, key));
  if (typeof value !== 'object' || value === null) return value;
  const [[name, inner] = ['', undefined], second] = Object.entries(value);
  if (!second && name === 'Fn::If') return resolved((inner as unknown[])[1], key);
  if (!second && (name === 'Ref' || name.startsWith('Fn::'))) {
    if (/uri$/i.test(key)) {
      return 'arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:f/invocations';
    }
    return key === 'issuer' ? 'https://issuer.example' : 'resolved';
  }
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, resolved(entry, key)]));
}

function bodies(type: string): [file: string, body: string][] {
  return readdirSync(outputs).flatMap((file) => {
    const template = JSON.parse(readFileSync(`${outputs}/${file}`, 'utf8')) as {
      Resources?: Record<string, { Type: string; Properties?: { Body?: object } }>;
    };
    return Object.values(template.Resources ?? {}).flatMap(({ Type, Properties }): [string, string][] =>
      Type === type && Properties?.Body ? [[file, JSON.stringify(resolved(Properties.Body))]] : [],
    );
  });
}

/** Some bodies need what stands beside them in their template: a name, a definition to merge with, an integration. */
const unfit =
  /No integration defined|contain any methods|Name cannot be blank|Name is required|swagger 2\.0 or openapi/;

describe.skipIf(!existsSync(outputs))('what SAM makes', () => {
  it('of REST APIs is exported as it was imported', async () => {
    const cloud = openToyCloud(new MemoryStore(), [apigateway, apigatewayv2]);
    const exported = async (body: string, exportType: string) => {
      const { id: restApiId } = await cloud.call<{ id: string }>('ImportRestApi', {
        body: Buffer.from(body),
      });
      await cloud.call('CreateDeployment', { restApiId, stageName: 's' });
      await cloud.call('CreateDocumentationVersion', {
        restApiId,
        documentationVersion: '1',
        stageName: 's',
      });
      const parameters = { extensions: 'apigateway' };
      const input = { restApiId, stageName: 's', exportType, parameters };
      const answer = await cloud.call<{ body: Uint8Array }>('GetExport', input);
      await cloud.call('DeleteRestApi', { restApiId });
      return Buffer.from(answer.body).toString().replaceAll(restApiId, 'api');
    };
    let compared = 0;
    const different: string[] = [];
    for (const [file, body] of bodies('AWS::ApiGateway::RestApi')) {
      for (const exportType of ['oas30', 'swagger']) {
        try {
          const once = await exported(body, exportType);
          compared++;
          if ((await exported(once, exportType)) !== once) different.push(`${file} ${exportType}`);
        } catch (error) {
          if (!unfit.test(String(error))) different.push(`${file}: ${error}`);
        }
      }
    }
    expect(different).toEqual([]);
    expect(compared).toBeGreaterThan(150);
  });

  it('of HTTP APIs too', async () => {
    const cloud = openToyCloud(new MemoryStore(), [apigateway, apigatewayv2]);
    const call = <T>(operation: string, input: object) =>
      cloud.resourceContext.aws.call<T>('apigatewayv2', operation, input);
    const exported = async (Body: string) => {
      const { ApiId } = await call<{ ApiId: string }>('ImportApi', { Body });
      const input = { ApiId, Specification: 'OAS30', OutputType: 'JSON' };
      const { body } = await call<{ body: Uint8Array }>('ExportApi', input);
      await call('DeleteApi', { ApiId });
      // Shared integrations are named by ids, which differ.
      return JSON.parse(Buffer.from(body).toString().replaceAll(ApiId, 'api'));
    };
    let compared = 0;
    const different: string[] = [];
    for (const [file, body] of bodies('AWS::ApiGatewayV2::Api')) {
      try {
        const once = await exported(body);
        compared++;
        expect(await exported(JSON.stringify(once))).toEqual(once);
      } catch (error) {
        if (!unfit.test(String(error))) different.push(`${file}: ${String(error).slice(0, 300)}`);
      }
    }
    expect(different).toEqual([]);
    expect(compared).toBeGreaterThan(15);
  });
});
