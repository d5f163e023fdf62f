export { accountOfAccessKeyId, newAccessKeyId } from './accessKeyIds.ts';
export {
  type Arn,
  defaultAccount,
  defaultRegion,
  formatArn,
  parseArn,
  partitionOf,
  urlSuffixOf,
} from './arn.ts';
export { type Checksum, type ChecksumAlgorithm, checksumOfHeader, createChecksum } from './checksums.ts';
export { type Clock, SystemClock, type Timer, VirtualClock } from './clock.ts';
export {
  AwsError,
  type AwsErrorClass,
  type AwsErrorOptions,
  assert,
  defineError,
  type Fault,
  InternalFailure,
  NotImplemented,
  SerializationException,
  UnknownOperationException,
  ValidationException,
} from './errors.ts';
export { hostId } from './hostId.ts';
export {
  type HttpBody,
  type HttpConnection,
  type HttpRequest,
  type HttpResponse,
  isLoopbackAddress,
  onBehalf,
  onBehalfField,
  type ResponseBody,
  type TakenConnection,
} from './http.ts';
export { base32Alphabet, type Ids, RandomIds, upperAlphanumeric } from './ids.ts';
export { hashPassword, isPassword, saltBytes } from './passwordHash.ts';
export { WireJson } from './wireJson.ts';
export { readXml, type XmlElement } from './xml.ts';
