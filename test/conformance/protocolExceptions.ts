/** Vectors that say nothing about a server, grouped by the reason. */
const groups: readonly { reason: string; vectors: readonly string[] }[] = [
  {
    reason:
      'the edge undoes content encodings before a codec sees the body; the vector shows no compressed bytes',
    vectors: [
      'input/ec2/SDKAppliedContentEncoding_ec2Query',
      'input/ec2/SDKAppendsGzipAndIgnoresHttpProvidedEncoding_ec2Query',
      'input/json/SDKAppliedContentEncoding_awsJson1_1',
      'input/json/SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsJson1_1',
      'input/json_1_0/SDKAppliedContentEncoding_awsJson1_0',
      'input/json_1_0/SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsJson1_0',
      'input/query/SDKAppliedContentEncoding_awsQuery',
      'input/query/SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsQuery',
      'input/rest-json/SDKAppliedContentEncoding_restJson1',
      'input/rest-json/SDKAppendedGzipAfterProvidedEncoding_restJson1',
      'input/rest-xml/SDKAppliedContentEncoding_restXml',
      'input/rest-xml/SDKAppendedGzipAfterProvidedEncoding_restXml',
    ],
  },
  {
    reason: 'the client makes up the token; the server receives one like any other',
    vectors: [
      'input/ec2/Ec2ProtocolIdempotencyTokenAutoFill',
      'input/query/QueryProtocolIdempotencyTokenAutoFill',
      'input/rest-json/RestJsonQueryIdempotencyTokenAutoFill',
      'input/rest-xml/QueryIdempotencyTokenAutoFill',
    ],
  },
  {
    reason: "the client leaves out what is null or empty, so that the request doesn't carry it",
    vectors: [
      'input/ec2/Ec2EmptyQueryLists',
      'input/query/QueryEmptyQueryMaps',
      'input/json/AwsJson11StructuresDontSerializeNullValues',
      'input/rest-json/RestJsonHttpPrefixHeadersAreNotPresent',
      'input/rest-json/RestJsonNullAndEmptyHeaders',
      'input/rest-json/RestJsonOmitsNullQuery',
      'input/rest-json/RestJsonOmitsEmptyListQueryValues',
      'input/rest-json/RestJsonDoesntSerializeNullStructureValues',
      'input/rest-xml/HttpPrefixHeadersAreNotPresent',
      'input/rest-xml/NullAndEmptyHeaders',
      'input/rest-xml/RestXmlOmitsNullQuery',
      'input/smithy-rpc-v2-cbor/RpcV2CborClientDoesntSerializeNullStructureValues',
    ],
  },
  {
    reason: 'the client sends {} where the payload is absent',
    vectors: [
      'input/rest-json/RestJsonHttpWithEmptyStructurePayload',
      'input/rest-json/RestJsonHttpWithHeadersButNoPayload',
    ],
  },
  {
    reason:
      "the client folds a map and named members into one query string; which was which can't be told from it",
    vectors: [
      'input/rest-json/RestJsonQueryPrecedence',
      'input/rest-xml/RestXmlQueryPrecedence',
      'input/rest-json/RestJsonAllQueryStringTypes',
      'input/rest-json/RestJsonQueryStringEscaping',
      'input/rest-json/RestJsonSupportsNaNFloatQueryValues',
      'input/rest-json/RestJsonSupportsInfinityFloatQueryValues',
      'input/rest-json/RestJsonSupportsNegativeInfinityFloatQueryValues',
      'input/rest-json/RestJsonZeroAndFalseQueryValues',
    ],
  },
  {
    reason: "the vector's request lacks the X-Amz-Target header that names the operation",
    vectors: [
      'input/json_1_0/AwsJson10EndpointTrait',
      'input/json_1_0/AwsJson10EndpointTraitWithHostLabel',
      'input/json_1_0/AwsJson10HostWithPath',
    ],
  },
  {
    reason: "the path of the client's own endpoint setting stands before the operation's",
    vectors: ['input/rest-json/RestJsonHostWithPath'],
  },
  {
    reason: "one of the many ways in which a client must understand an error's name; a server has one",
    vectors: [
      'output/json/AwsJson11FooErrorUsingXAmznErrorType',
      'output/json/AwsJson11FooErrorUsingXAmznErrorTypeWithUri',
      'output/json/AwsJson11FooErrorUsingXAmznErrorTypeWithUriAndNamespace',
      'output/json/AwsJson11FooErrorUsingCode',
      'output/json/AwsJson11FooErrorUsingCodeAndNamespace',
      'output/json/AwsJson11FooErrorUsingCodeUriAndNamespace',
      'output/json/AwsJson11FooErrorWithDunderTypeUriAndNamespace',
      'output/json_1_0/AwsJson10FooErrorUsingXAmznErrorType',
      'output/json_1_0/AwsJson10FooErrorUsingXAmznErrorTypeWithUri',
      'output/json_1_0/AwsJson10FooErrorUsingXAmznErrorTypeWithUriAndNamespace',
      'output/json_1_0/AwsJson10FooErrorUsingCode',
      'output/json_1_0/AwsJson10FooErrorUsingCodeAndNamespace',
      'output/json_1_0/AwsJson10FooErrorUsingCodeUriAndNamespace',
      'output/json_1_0/AwsJson10FooErrorWithDunderTypeUriAndNamespace',
      'output/rest-json/RestJsonFooErrorUsingXAmznErrorTypeWithUri',
      'output/rest-json/RestJsonFooErrorUsingXAmznErrorTypeWithUriAndNamespace',
      'output/rest-json/RestJsonFooErrorUsingCode',
      'output/rest-json/RestJsonFooErrorUsingCodeAndNamespace',
      'output/rest-json/RestJsonFooErrorUsingCodeUriAndNamespace',
      'output/rest-json/RestJsonFooErrorWithDunderType',
      'output/rest-json/RestJsonFooErrorWithDunderTypeAndNamespace',
      'output/rest-json/RestJsonFooErrorWithDunderTypeUriAndNamespace',
    ],
  },
  {
    reason: "the answer holds what a client must ignore and a server doesn't write",
    vectors: [
      'output/json/handles_unexpected_json_output',
      'output/json_1_0/AwsJson10HandlesUnexpectedJsonOutput',
      'output/json/AwsJson11DeserializeIgnoreType',
      'output/json_1_0/AwsJson10DeserializeIgnoreType',
      'output/rest-json/RestJsonDeserializeIgnoreType',
      'output/json/AwsJson11IntEnums',
      'output/rest-xml/InvalidGreetingError',
      'output/smithy-rpc-v2-cbor/RpcV2CborExtraFieldsInTheBodyShouldBeSkippedByClients',
    ],
  },
  {
    reason: "the answer holds nulls that a client must drop and a server doesn't write",
    vectors: [
      'output/json/AwsJson11StructuresDontDeserializeNullValues',
      'output/json_1_0/AwsJson10DeserializeAllowNulls',
      'output/rest-json/RestJsonDeserializesDenseSetMapAndSkipsNull',
      'output/rest-json/RestJsonDoesntDeserializeNullStructureValues',
      'output/smithy-rpc-v2-cbor/RpcV2CborDeserializesDenseSetMapAndSkipsNull',
      'output/smithy-rpc-v2-cbor/RpcV2CborClientDoesntDeserializeNullStructureValues',
    ],
  },
  {
    reason: "the answer has a message that the vector's error doesn't name",
    vectors: ['output/ec2/Ec2ComplexError', 'output/rest-xml/ComplexError'],
  },
  {
    reason: "the vector takes the status of the query error for the answer's, its response another one",
    vectors: [
      'output/json_1_0-query-compatible/QueryCompatibleAwsJson10CustomCodeError',
      'output/smithy-rpc-v2-cbor-query-compatible/QueryCompatibleRpcV2CborCustomCodeError',
    ],
  },
  {
    reason: 'the edge writes Content-Length',
    vectors: [
      'output/rest-json/RestJsonHttpPayloadWithUnsetUnion',
      'output/rest-xml/RestXmlHttpPayloadWithUnsetUnion',
      'output/smithy-rpc-v2-cbor/RpcV2CborPayloadWithUnsetUnion',
    ],
  },
  {
    reason: "the request id is the vector's own",
    vectors: ['output/json/parses_the_request_id_from_the_response'],
  },
  {
    reason: 'clients accept a body where there is no output; a server sends none',
    vectors: ['output/smithy-rpc-v2-cbor/NoOutputClientAllowsEmptyCbor'],
  },
];

/** `kind/file/id` → why it can't apply. */
export const notForServers: Readonly<Record<string, string>> = Object.fromEntries(
  groups.flatMap(({ reason, vectors }) => vectors.map((vector) => [vector, reason])),
);
