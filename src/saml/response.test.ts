import { beforeAll, describe, expect, it } from 'vitest';
import { readIdpMetadata, readSamlResponse, SamlRefusal } from './index.ts';
import { type ResponseFacts, startToyIdp, type ToyIdp } from './testing/idp.ts';

const now = Date.parse('2026-11-21T10:00:00Z');
const recipient = 'https://shop.example.com/saml2/idpresponse';
const audience = 'urn:amazon:cognito:sp:eu-west-1_1';
let idp: ToyIdp;
let other: ToyIdp;

beforeAll(async () => {
  [idp, other] = await Promise.all([startToyIdp(), startToyIdp()]);
});

const facts = (more: Partial<ResponseFacts> = {}): ResponseFacts => ({
  recipient,
  audience,
  nameId: 'ann@example.com',
  inResponseTo: '_1',
  attributes: { mail: 'ann@example.com', groups: ['one', 'two'] },
  now,
  ...more,
});

const read = (response: string, at = now, inResponseTo: string | null = '_1') =>
  readSamlResponse(response, {
    certificates: [idp.certificate],
    issuer: idp.entityId,
    audience,
    recipient,
    inResponseTo,
    now: at,
  });

describe('metadata', () => {
  it('tells who signs and where people are sent', () => {
    expect(readIdpMetadata(idp.metadata)).toMatchObject({
      entityId: idp.entityId,
      signOnUrl: 'https://idp.example.com/saml/sso',
      logoutUrl: 'https://idp.example.com/saml/sso/out',
      certificates: [`${idp.certificate.replace(/\r/g, '').trim()}\n`],
    });
  });

  it('is refused with a document type, without certificates, or as something else', () => {
    for (const document of [
      `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${idp.metadata}`,
      idp.metadata.replace(/<md:KeyDescriptor.*<\/md:KeyDescriptor>/, ''),
      '<html/>',
      'nonsense',
    ]) {
      expect(() => readIdpMetadata(document)).toThrow();
    }
  });
});

describe('a response', () => {
  it.each(['assertion', 'response'] as const)('is taken when its %s was signed', async (sign) => {
    expect(await read(idp.respond(facts({ sign })))).toMatchObject({
      issuer: idp.entityId,
      nameId: 'ann@example.com',
      nameIdFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
      attributes: { mail: ['ann@example.com'], groups: ['one', 'two'] },
      notOnOrAfter: now + 300_000,
    });
  });

  const refused: [what: string, Partial<ResponseFacts>, why: RegExp][] = [
    ['nothing was signed', { sign: 'nothing' }, /signature/],
    ['the audience is another', { audience: 'urn:amazon:cognito:sp:other' }, /audience/],
    ['it was meant for another address', { recipient: 'https://evil.example.com' }, /not for/],
    ['it answers another request', { inResponseTo: '_2' }, /another request/],
    ['another provider issued it', { issuer: 'https://evil.example.com' }, /issued by/],
    ['its text was changed', { tamper: (xml) => xml.replaceAll('ann@', 'bob@') }, /signature/i],
    [
      'an attribute was added',
      {
        tamper: (xml) =>
          xml.replace(
            '</saml:AttributeStatement>',
            '<saml:Attribute Name="role"><saml:AttributeValue>admin</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>',
          ),
      },
      /signature/i,
    ],
    [
      'a document type stands in it',
      { tamper: (xml) => `<!DOCTYPE r [<!ENTITY a "b">]>${xml}` },
      /document type/,
    ],
  ];
  it.each(refused)('is refused when %s', async (_what, more, why) => {
    const reading = read(idp.respond(facts(more)));
    await expect(reading).rejects.toThrow(SamlRefusal);
    await expect(reading).rejects.toThrow(why);
  });

  it('is refused when another key signed it', async () => {
    await expect(read(other.respond(facts()))).rejects.toThrow(/signature/i);
  });

  it('is refused before its time and after it, and when it answers a request though nobody asked', async () => {
    const response = idp.respond(facts());
    await expect(read(response, now - 120_000)).rejects.toThrow('not valid yet');
    await expect(read(response, now + 420_000)).rejects.toThrow('expired');
    await expect(read(response, now, null)).rejects.toThrow('answers a request');
  });

  it('keeps the whole NameID where a comment was put into it after the signing', async () => {
    const tamper = (xml: string) =>
      xml.replace('ann@example.com.evil.org', 'ann@example.com<!-- -->.evil.org');
    const response = idp.respond(facts({ nameId: 'ann@example.com.evil.org', tamper }));
    expect(await read(response)).toMatchObject({ nameId: 'ann@example.com.evil.org' });
  });
});

describe('signature wrapping', () => {
  /** The signed assertion, and a forged one that says somebody else. */
  function parts(xml: string) {
    const [signed = ''] = /<saml:Assertion.*<\/saml:Assertion>/s.exec(xml) ?? [];
    const forged = signed
      .replace(/<ds:Signature.*<\/ds:Signature>/s, '')
      .replace(/ID="a\d+"/, 'ID="forged"')
      .replaceAll('ann@', 'root@');
    return { signed, forged };
  }
  const wraps: [what: string, (xml: string) => string][] = [
    [
      'a forged assertion before the signed one',
      (xml) => xml.replace(parts(xml).signed, parts(xml).forged + parts(xml).signed),
    ],
    [
      'a forged assertion after the signed one',
      (xml) => xml.replace(parts(xml).signed, parts(xml).signed + parts(xml).forged),
    ],
    [
      'the signed one inside the forged one',
      (xml) => {
        const { signed, forged } = parts(xml);
        return xml.replace(signed, forged.replace('</saml:Assertion>', `${signed}</saml:Assertion>`));
      },
    ],
    [
      'the signed one in an extension, the forged one in its place',
      (xml) => {
        const { signed, forged } = parts(xml);
        return xml.replace(signed, `<samlp:Extensions>${signed}</samlp:Extensions>${forged}`);
      },
    ],
    [
      'the signed one as an object of the forged one’s signature',
      (xml) => {
        const { signed, forged } = parts(xml);
        const [signature = ''] = /<ds:Signature.*<\/ds:Signature>/s.exec(signed) ?? [];
        const bare = signed.replace(signature, '');
        const wrapped = signature.replace('</ds:Signature>', `<ds:Object>${bare}</ds:Object></ds:Signature>`);
        return xml.replace(signed, forged.replace('<saml:Subject>', `${wrapped}<saml:Subject>`));
      },
    ],
    [
      'two assertions of one ID',
      (xml) => {
        const { signed } = parts(xml);
        const twin = signed.replace(/<ds:Signature.*<\/ds:Signature>/s, '').replaceAll('ann@', 'root@');
        return xml.replace(signed, twin + signed);
      },
    ],
  ];
  it.each(wraps)('gains nothing: %s', async (_what, tamper) => {
    const told = await read(idp.respond(facts({ tamper }))).catch((error: unknown) => error);
    if (told instanceof Error) expect(told).toBeInstanceOf(SamlRefusal);
    else expect(told).toMatchObject({ nameId: 'ann@example.com' });
  });

  it('gains nothing where the response was signed', async () => {
    const tamper = (xml: string) => {
      const { signed } = parts(xml);
      return xml.replace(signed, signed.replaceAll('ann@', 'root@') + signed);
    };
    await expect(read(idp.respond(facts({ sign: 'response', tamper })))).rejects.toThrow(SamlRefusal);
  });
});
