/** What UpdateDomainName may patch. https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html#UpdateDomainName-Patch */
import { BadRequestException } from '../errors.ts';
import type { DomainName, RoutingMode } from './customDomains.ts';
import { type PatchRules, rule } from './patch.ts';

const routingModes = ['BASE_PATH_MAPPING_ONLY', 'ROUTING_RULE_ONLY', 'ROUTING_RULE_THEN_BASE_PATH_MAPPING'];

const all = ['add', 'replace', 'remove'];

export const domainRules: PatchRules<DomainName> = {
  '/certificateName': rule.text('certificateName', all),
  '/certificateArn': rule.text('certificateArn', all),
  '/regionalCertificateName': rule.text('regionalCertificateName', all),
  '/regionalCertificateArn': rule.text('regionalCertificateArn', all),
  '/ownershipVerificationCertificateArn': rule.text('ownershipVerificationCertificateArn', all),
  '/securityPolicy': rule.text('securityPolicy'),
  '/endpointAccessMode': rule.text('endpointAccessMode'),
  '/policy': rule.text('policy', ['replace', 'remove']),
  '/managementPolicy': rule.text('managementPolicy', ['replace', 'remove']),
  '/routingMode': {
    ops: ['replace'],
    apply(domain, { value }) {
      if (!routingModes.includes(value)) {
        throw new BadRequestException(`Invalid routing mode: must be one of ${routingModes.join(', ')}`);
      }
      domain.routingMode = value as RoutingMode;
    },
  },
  // "A domain name can have two endpoint types while it moves from one to the other."
  '/endpointConfiguration/types': {
    ops: ['add', 'remove'],
    apply(domain, { op, value }) {
      const others = domain.endpointConfiguration.types.filter((type) => type !== value);
      domain.endpointConfiguration.types = op === 'add' ? [...others, value] : others;
    },
  },
  '/endpointConfiguration/types/*': {
    ops: ['replace'],
    apply(domain, { names, value }) {
      // Named by the type or by its place in the list.
      const { types } = domain.endpointConfiguration;
      const at = types.indexOf(names[0] as string);
      const place = at >= 0 ? at : Number(names[0]);
      if (types[place] === undefined) {
        throw new BadRequestException(`Invalid patch path: the domain name has no endpoint type ${names[0]}`);
      }
      types[place] = value;
    },
  },
  '/endpointConfiguration/ipAddressType': {
    ops: ['replace'],
    apply(domain, { value }) {
      domain.endpointConfiguration.ipAddressType = value;
    },
  },
  '/mutualTlsAuthentication/truststoreUri': {
    ops: all,
    apply(domain, { op, value }) {
      // An empty location switches mutual TLS off.
      domain.mutualTlsAuthentication =
        value === '' || op === 'remove'
          ? undefined
          : { ...domain.mutualTlsAuthentication, truststoreUri: value };
    },
  },
  '/mutualTlsAuthentication/truststoreVersion': {
    ops: all,
    apply(domain, { op, value }) {
      if (!domain.mutualTlsAuthentication && op === 'remove') return;
      domain.mutualTlsAuthentication = {
        ...domain.mutualTlsAuthentication,
        truststoreVersion: value === '' || op === 'remove' ? undefined : value,
      };
    },
  },
  '/mutualTlsAuthentication': {
    ops: ['remove'],
    apply(domain) {
      domain.mutualTlsAuthentication = undefined;
    },
  },
};
