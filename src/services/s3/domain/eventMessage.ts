/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */

/** What happened to an object. */
export interface ObjectEvent {
  /** `s3:ObjectCreated:Put`. */
  name: string;
  key: string;
  /** Absent of what was deleted. */
  size?: number;
  /** Without quotes. */
  etag?: string;
  versionId?: string | undefined;
}

export interface EventSurroundings {
  bucket: { name: string; arn: string; region: string; ownerId: string };
  configurationId: string;
  /** Milliseconds since the epoch. */
  time: number;
  /** `AWS:` and the unique id of who asked. */
  principalId: string;
  sourceIp: string;
  requestId: string;
  hostId: string;
  /** Of two events of a key the later has the greater: hexadecimal, of one length. */
  sequencer: string;
}

/** The text that a destination receives. */
export function eventMessage(event: ObjectEvent, around: EventSurroundings): string {
  const { bucket } = around;
  // Versions 2.2 and 2.3 are for the events whose operations came later; tagging has no sequencer.
  const isTagging = event.name.startsWith('s3:ObjectTagging:');
  const record = {
    eventVersion: isTagging ? '2.3' : '2.1',
    eventSource: 'aws:s3',
    awsRegion: bucket.region,
    eventTime: new Date(around.time).toISOString(),
    eventName: event.name.slice('s3:'.length),
    userIdentity: { principalId: around.principalId },
    requestParameters: { sourceIPAddress: around.sourceIp },
    responseElements: { 'x-amz-request-id': around.requestId, 'x-amz-id-2': around.hostId },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: around.configurationId,
      bucket: { name: bucket.name, ownerIdentity: { principalId: bucket.ownerId }, arn: bucket.arn },
      object: {
        key: encodedKey(event.key),
        ...(event.size === undefined ? {} : { size: event.size }),
        ...(event.etag === undefined ? {} : { eTag: event.etag }),
        ...(event.versionId === undefined ? {} : { versionId: event.versionId }),
        ...(isTagging ? {} : { sequencer: around.sequencer }),
      },
    },
  };
  return JSON.stringify({ Records: [record] });
}

/** Sent to a queue or topic when it becomes a destination. UserGuide/notification-how-to-event-types-and-destinations. */
export function testMessage(bucket: string, time: number, requestId: string, hostId: string): string {
  return JSON.stringify({
    Service: 'Amazon S3',
    Event: 's3:TestEvent',
    Time: new Date(time).toISOString(),
    Bucket: bucket,
    RequestId: requestId,
    HostId: hostId,
  });
}

/** As a form is encoded, slashes kept: `images/red flower.jpg` is `images/red+flower.jpg`. */
function encodedKey(key: string): string {
  return encodeURIComponent(key)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/')
    .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
