import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { PackageError, packageTemplate } from './index.ts';

let folder: string;
let store: Map<string, Buffer>;

const upload = async (key: string, body: Buffer) => {
  store.set(key, body);
  return { bucket: 'artifacts', key };
};

function write(path: string, text: string): string {
  const full = join(folder, path);
  mkdirSync(join(full, '..'), { recursive: true });
  writeFileSync(full, text);
  return full;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'package-'));
  store = new Map();
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const silent = { logLevel: 'silent' as const };

describe('packageTemplate', () => {
  it('uploads a code folder and names it where the path stood, keeping comments and lines', async () => {
    write('src/app.mjs', 'export const handler = () => 1;');
    const template = write(
      'template.yaml',
      'Resources:\n  F: # mine\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: ./src # here\n      Handler: app.handler\n',
    );
    const { body, artifacts } = await packageTemplate(template, upload);
    expect(artifacts).toEqual([
      {
        name: 'F.CodeUri',
        path: join(folder, 'src'),
        key: expect.stringMatching(/^[0-9a-f]{32}\.zip$/),
        bytes: expect.any(Number),
      },
    ]);
    expect(body).toContain('  F: # mine\n');
    expect(body.split('\n')[4]).toBe(`      CodeUri: "s3://artifacts/${artifacts[0]?.key}" # here`);
  });

  it('gives the same content the same key, whenever it was written, and other content another', async () => {
    const file = write('src/app.mjs', 'one');
    const template = write(
      'template.yaml',
      'Resources: { F: { Type: "AWS::Lambda::Function", Properties: { Code: "src" } } }',
    );
    const first = await packageTemplate(template, upload);
    utimesSync(file, 1_000, 2_000);
    const second = await packageTemplate(template, upload);
    write('src/app.mjs', 'two');
    const third = await packageTemplate(template, upload);
    expect(second.artifacts).toEqual(first.artifacts);
    expect(third.artifacts[0]?.key).not.toBe(first.artifacts[0]?.key);
    expect(parse(first.body).Resources.F.Properties.Code).toEqual({
      S3Bucket: 'artifacts',
      S3Key: first.artifacts[0]?.key,
    });
  });

  it('takes what is remote, inline or computed as it is', async () => {
    const text =
      'Resources:\n  A:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: s3://elsewhere/key\n  B:\n    Type: AWS::Serverless::Function\n    Properties:\n      InlineCode: "1"\n  C:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: !Sub "${X}"\n';
    const { body, artifacts } = await packageTemplate(write('template.yaml', text), upload);
    expect(body).toBe(text);
    expect(artifacts).toEqual([]);
  });

  it('packages definitions, includes and nested templates', async () => {
    write('api.yaml', 'swagger: "2.0"\npaths: {}\n');
    write('flow.asl.json', '{}');
    write('nested/code/app.py', 'pass');
    write(
      'nested/child.yaml',
      'Resources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties:\n      Code: code\n',
    );
    const template = write(
      'template.yaml',
      [
        'Resources:',
        '  Api:',
        '    Type: AWS::Serverless::Api',
        '    Properties:',
        '      DefinitionBody:',
        '        Fn::Transform:',
        '          Name: AWS::Include',
        '          Parameters:',
        '            Location: api.yaml',
        '  Flow:',
        '    Type: AWS::StepFunctions::StateMachine',
        '    Properties:',
        '      DefinitionS3Location: flow.asl.json',
        '  Child:',
        '    Type: AWS::CloudFormation::Stack',
        '    Properties:',
        '      TemplateURL: nested/child.yaml',
      ].join('\n'),
    );
    const { body } = await packageTemplate(template, upload);
    const resources = parse(body, silent).Resources;
    const keyOf = (extension: string) => [...store.keys()].find((key) => key.endsWith(extension));
    expect(resources.Api.Properties.DefinitionBody['Fn::Transform'].Parameters.Location).toBe(
      `s3://artifacts/${keyOf('.yaml')}`,
    );
    expect(resources.Flow.Properties.DefinitionS3Location).toEqual({
      Bucket: 'artifacts',
      Key: keyOf('.json'),
    });
    const child = keyOf('.template') ?? '';
    expect(resources.Child.Properties.TemplateURL).toBe(`https://s3.amazonaws.com/artifacts/${child}`);
    expect(parse(String(store.get(child))).Resources.F.Properties.Code.S3Key).toBe(keyOf('.zip'));
  });

  it("packages the template's folder for a function that names no code, and Globals once", async () => {
    write('app.mjs', '1');
    const text =
      'Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      Handler: app.handler\n';
    const alone = await packageTemplate(write('template.yaml', text), upload);
    expect(parse(alone.body).Resources.F.Properties).toEqual({
      CodeUri: `s3://artifacts/${alone.artifacts[0]?.key}`,
      Handler: 'app.handler',
    });
    const shared = await packageTemplate(
      write('template.yaml', `Globals:\n  Function:\n    CodeUri: .\n${text}`),
      upload,
    );
    expect(shared.artifacts.map(({ name }) => name)).toEqual(['Globals.Function.CodeUri']);
  });

  it('writes out anchors, which CloudFormation refuses', async () => {
    write('src/app.mjs', '1');
    const template = write(
      'template.yaml',
      [
        'Resources:',
        '  A:',
        '    Type: AWS::Serverless::Function',
        '    Properties: &shared',
        '      CodeUri: src',
        '      Environment: &environment { Variables: { TABLE: !Ref T, ARN: !GetAtt T.Arn } }',
        '  B:',
        '    Type: AWS::Lambda::Function',
        '    Properties: { Code: src, Environment: *environment }',
        '  C:',
        '    Type: AWS::Serverless::Function',
        '    Properties:',
        '      <<: *shared',
        '      Handler: app.other',
      ].join('\n'),
    );
    const { body, artifacts } = await packageTemplate(template, upload);
    const { A, B, C } = parse(body, silent).Resources;
    expect(body).not.toMatch(/\*(shared|environment)/);
    expect(B.Properties.Environment).toEqual({
      Variables: { TABLE: { Ref: 'T' }, ARN: { 'Fn::GetAtt': ['T', 'Arn'] } },
    });
    expect(C.Properties).toEqual({
      CodeUri: A.Properties.CodeUri,
      Environment: B.Properties.Environment,
      Handler: 'app.other',
    });
    expect(artifacts).toHaveLength(1);
  });

  it('refuses an anchor that contains itself', async () => {
    const template = write('template.yaml', 'Resources: &r\n  A: { Type: X, Properties: *r }\n');
    await expect(packageTemplate(template, upload)).rejects.toThrow('contains itself');
  });

  it('says which path of which resource does not exist, and on which line', async () => {
    const template = write(
      'template.yaml',
      'Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: ./gone\n',
    );
    const refusal = packageTemplate(template, upload);
    await expect(refusal).rejects.toThrow(
      `F.CodeUri refers to a file or folder that does not exist: ${join(folder, 'gone')}`,
    );
    await expect(refusal).rejects.toMatchObject({ line: 5 });
    await expect(packageTemplate(join(folder, 'none.yaml'), upload)).rejects.toThrow(PackageError);
  });

  describe('with BuildMethod esbuild', () => {
    const bundled = (metadata: string, rest = '') =>
      write(
        'template.yaml',
        `Globals: { Function: { CodeUri: src, Handler: app.handler${rest} } }
Resources:
  Plain: { Type: AWS::Serverless::Function, Properties: {} }
  Typed: { Type: AWS::Serverless::Function, Metadata: ${metadata}, Properties: { Runtime: nodejs24.x } }
`,
      );
    /** Names of the files of an archive: they stand in it in clear. */
    const holds = (body: string, logicalId: string, name: string) => {
      const { Resources, Globals } = parse(body);
      const uri: string = Resources[logicalId].Properties.CodeUri ?? Globals.Function.CodeUri;
      return store.get(uri.replace('s3://artifacts/', ''))?.includes(name) ?? false;
    };

    beforeEach(() => {
      write('lib/text.ts', 'export const text: string = "from the library";');
      write('src/app.ts', 'import { text } from "../lib/text"; export const handler = async () => text;');
    });

    it('bundles the entry point that the handler means, for that function only', async () => {
      const { body } = await packageTemplate(bundled('{ BuildMethod: esbuild }'), upload);
      expect(holds(body, 'Typed', 'app.js')).toBe(true);
      expect(holds(body, 'Typed', 'app.ts')).toBe(false);
      expect(holds(body, 'Plain', 'app.ts')).toBe(true);
    });

    it('heeds entry points, extensions, and source maps where NODE_OPTIONS asks for them', async () => {
      const metadata =
        '{ BuildMethod: esbuild, BuildProperties: { Format: esm, OutExtension: [.js=.mjs], EntryPoints: [app.ts] } }';
      const maps = ', Environment: { Variables: { NODE_OPTIONS: --enable-source-maps } }';
      const { body } = await packageTemplate(bundled(metadata, maps), upload);
      expect(holds(body, 'Typed', 'app.mjs')).toBe(true);
      expect(holds(body, 'Typed', 'app.mjs.map')).toBe(true);
    });

    it('says where the code is wrong', async () => {
      write('src/app.ts', 'export const handler = ;');
      const failing = packageTemplate(bundled('{ BuildMethod: esbuild }'), upload);
      await expect(failing).rejects.toThrow("Typed.CodeUri can't be bundled: app.ts:1: Unexpected");
      await expect(failing).rejects.toBeInstanceOf(PackageError);
    });

    it('leaves alone what sam build has built', async () => {
      write('.aws-sam/build/src/app.js', 'exports.handler = 1;');
      const built = write(
        '.aws-sam/build/template.yaml',
        'Resources: { Typed: { Type: AWS::Serverless::Function, Metadata: { BuildMethod: esbuild }, Properties: { CodeUri: src, Handler: app.handler } } }',
      );
      expect(holds((await packageTemplate(built, upload)).body, 'Typed', 'app.js')).toBe(true);
    });
  });
});
