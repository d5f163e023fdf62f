/** `${stageVariables.name}` in URIs and credentials. https://docs.aws.amazon.com/apigateway/latest/developerguide/aws-api-gateway-stage-variables-reference.html */

/** A variable the stage doesn't have stands for nothing. */
export function withStageVariables(text: string, variables: Record<string, string> | undefined): string {
  if (!text.includes('${stageVariables.')) return text;
  return text.replaceAll(/\$\{stageVariables\.([^}]+)\}/g, (_, name: string) => variables?.[name] ?? '');
}

/** The function's ARN in `arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations`. */
export function functionArnOf(uri: string): string | undefined {
  return /:lambda:path\/(?:\/?)\d{4}-\d{2}-\d{2}\/functions\/(.+?)\/(?:response-streaming-)?invocations$/.exec(
    uri,
  )?.[1];
}
