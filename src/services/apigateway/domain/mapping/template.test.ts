import { describe, expect, it } from 'vitest';
import { jsonPath } from './jsonPath.ts';
import { renderTemplate, type TemplateInput } from './template.ts';
import { util } from './util.ts';

const input = (body: unknown, more: Partial<TemplateInput> = {}): TemplateInput => ({
  body: typeof body === 'string' ? body : JSON.stringify(body),
  parameters: {
    path: { id: '7' },
    querystring: { q: 'a b', both: 'query' },
    header: { 'X-Name': 'n', both: 'header' },
  },
  context: { stage: 'prod', identity: { sourceIp: '127.0.0.1' }, authorizer: { claims: { sub: 'ann' } } },
  stageVariables: { table: 'items' },
  ...more,
});

const render = (template: string, body: unknown = {}) => renderTemplate(template, input(body)).text;

describe('mapping templates', () => {
  // The photo album of https://docs.aws.amazon.com/apigateway/latest/developerguide/example-photos.html
  const photos = {
    photos: {
      page: 1,
      pages: '1234',
      photo: [
        { id: '12345678901', owner: '23456789@A12', title: 'Sample photo 1', ispublic: 1 },
        { id: '23456789012', owner: '34567890@B23', title: 'Sample photo 2', ispublic: 0 },
      ],
    },
  };

  it.each<[string, unknown, string]>([
    ['$input.body', '{"a":1}', '{"a":1}'],
    ["$input.json('$')", { a: [1, 'x'] }, '{"a":[1,"x"]}'],
    ["$input.json('$.a')", { a: 'text' }, '"text"'],
    ["$input.path('$.a')", { a: 'text' }, 'text'],
    ["$input.json('$.none')", { a: 1 }, '""'],
    ["[$input.path('$.none')]", { a: 1 }, '[]'],
    ["[$input.path('$.none.deeper')]", { a: 1 }, '[]'],
    ["[$input.path('$.nothing')]", { nothing: null }, '[]'],
    ['[$unknown][$context.unknown.more]', {}, '[][]'],
    ["$input.params('id') $input.params('both') $input.params('x-name')", {}, '7 query n'],
    ["$input.params().header.get('X-Name')", {}, 'n'],
    ["$input.params('querystring')", {}, ''],
    ['#foreach($k in $input.params().querystring.keySet())$k#if($foreach.hasNext),#end#end', {}, 'q,both'],
    ['$context.stage $context.identity.sourceIp $context.authorizer.claims.sub', {}, 'prod 127.0.0.1 ann'],
    ['$stageVariables.table ${stageVariables.table}', {}, 'items items'],
    ["$util.base64Encode('abc') $util.base64Decode('YWJj')", {}, 'YWJj abc'],
    ["$util.urlEncode('a b&c') $util.urlDecode('a+b%26c')", {}, 'a+b%26c a b&c'],
    ['#set($o = $util.parseJson(\'{"a":{"b":2}}\'))$o.a.b', {}, '2'],
    ["#set($r = $input.path('$'))#if($r.on)yes#else no#end", { on: true }, 'yes'],
    ["#set($n = $input.path('$.list').size())$n", { list: [1, 2, 3] }, '3'],
    ["#if($input.path('$.s').matches('^a.*z$'))m#end", { s: 'a-z' }, 'm'],
    ["$input.path('$.s').replaceAll('[0-9]+', '#').toUpperCase()", { s: 'a12b3' }, 'A#B#'],
    ["#foreach($p in $input.path('$.s').split(','))<$p>#end", { s: 'a,b,,' }, '<a><b><>'.replace('<>', '')],
    ["#set($m = {})#set($ignored = $m.put('k', 'v'))$m.containsKey('k') $m.k", {}, 'true v'],
    ["#foreach($e in $input.path('$').entrySet())$e.key=$e.value;#end", { a: 1, b: 2 }, 'a=1;b=2;'],
    ['## a comment\ntext', {}, 'text'],
    ['{ "plain": true }', {}, '{ "plain": true }'],
  ])('%s', (template, body, expected) => {
    expect(render(template, body)).toBe(expected);
  });

  it('walk a document as the photo example of the guide does', () => {
    const template = `#set($inputRoot = $input.path('$'))
{
  "photos": [
#foreach($elem in $inputRoot.photos.photo)
    {
      "id": "$elem.id",
      "owner": "$elem.owner",
      "title": "$elem.title",
      "ispublic": $elem.ispublic
    }#if($foreach.hasNext),#end

#end
  ]
}`;
    expect(JSON.parse(render(template, photos))).toEqual({ photos: photos.photos.photo });
  });

  it('override status and headers of the response', () => {
    const template = `#set($context.responseOverride.status = 418)
#set($context.responseOverride.header.X-Tea = "yes")
#set($context.responseOverride.header["X-Pot"] = "full"){}`;
    const { overrides, text } = renderTemplate(template, input({}));
    expect(text.trim()).toBe('{}');
    expect(overrides.responseOverride?.status).toBe(418);
    expect(overrides.responseOverride?.header).toMatchObject({ 'X-Pot': 'full' });
  });

  it("can't reach the engine's own objects", () => {
    expect(render("$input.constructor.constructor('return process')")).not.toContain('process');
    expect(render("$input.path('$').__proto__.polluted")).toBe('');
    expect(render("#set($x = $input.path('$'))#set($y = $x.put('__proto__', 'p'))$y")).toBe('');
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe('$util.escapeJavaScript', () => {
  it.each([
    ['plain', 'plain'],
    ['say "hi"', 'say \\"hi\\"'],
    ["it's", "it\\'s"],
    ['a\nb\tc\\', 'a\\nb\\tc\\\\'],
    ['ü', '\\u00FC'],
  ])('%j', (text, expected) => {
    expect(util.escapeJavaScript(text)).toBe(expected);
  });
});

describe('JSONPath', () => {
  const store = {
    book: [
      { title: 'A', price: 8, isbn: '1' },
      { title: 'B', price: 12 },
      { title: 'C', price: 9 },
    ],
    'odd key': 1,
  };

  it.each<[string, unknown]>([
    ['$', store],
    ['$.book[0].title', 'A'],
    ["$['odd key']", 1],
    ['$.book[-1].title', 'C'],
    ['$.book[*].title', ['A', 'B', 'C']],
    ['$..title', ['A', 'B', 'C']],
    ['$.book[0,2].title', ['A', 'C']],
    ['$.book[1:].title', ['B', 'C']],
    ['$.book[?(@.isbn)].title', ['A']],
    ['$.book[?(@.price < 10)].title', ['A', 'C']],
    ["$.book[?(@.title == 'B')].price", [12]],
    ['$.none', undefined],
    ['$.book.title', undefined],
    ['book[0].price', 8],
  ])('%s', (path, expected) => {
    expect(jsonPath(store, path)).toEqual(expected);
  });

  it('says what it cannot read', () => {
    expect(() => jsonPath({}, '$.a[')).toThrow(/Invalid JSONPath/);
  });
});
