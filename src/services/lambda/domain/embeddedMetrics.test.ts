import { describe, expect, it } from 'vitest';
import { embeddedMetrics, mayHoldMetrics } from './embeddedMetrics.ts';

const document = {
  _aws: {
    Timestamp: 1574109732004,
    CloudWatchMetrics: [
      {
        Namespace: 'orders',
        Dimensions: [['service'], ['service', 'colour'], ['missing']],
        Metrics: [{ Name: 'Latency', Unit: 'Milliseconds' }, { Name: 'Sizes' }, { Name: 'Nowhere' }],
      },
    ],
  },
  service: 'api',
  colour: 'red',
  Latency: 12.5,
  Sizes: [1, 2],
};

describe('the embedded metric format', () => {
  it('gives a datum per value and set of dimensions that the document holds', () => {
    const metrics = embeddedMetrics(JSON.stringify(document));
    expect(metrics).toHaveLength(6);
    expect(metrics.slice(0, 2)).toEqual(
      [{ service: 'api' }, { service: 'api', colour: 'red' }].map((dimensions) => ({
        namespace: 'orders',
        name: 'Latency',
        dimensions,
        value: 12.5,
        unit: 'Milliseconds',
        time: 1574109732004,
      })),
    );
    expect(metrics.slice(2).map(({ name, value, unit }) => [name, value, unit])).toEqual([
      ['Sizes', 1, 'None'],
      ['Sizes', 1, 'None'],
      ['Sizes', 2, 'None'],
      ['Sizes', 2, 'None'],
    ]);
  });

  it('needs no dimensions', () => {
    const [directive] = document._aws.CloudWatchMetrics;
    const bare = {
      ...document,
      _aws: { ...document._aws, CloudWatchMetrics: [{ ...directive, Dimensions: [] }] },
    };
    expect(embeddedMetrics(JSON.stringify(bare))[0]).toMatchObject({ name: 'Latency', dimensions: {} });
  });

  it('is found behind what console.log puts before a message', () => {
    const line = `2024-01-01T00:00:00.000Z\t8f50-1\tINFO\t${JSON.stringify(document)}`;
    expect(mayHoldMetrics(line)).toBe(true);
    expect(embeddedMetrics(line)).toHaveLength(6);
  });

  it('is silent about anything else', () => {
    for (const text of ['"CloudWatchMetrics"', '{}', '[]', '{"_aws":{"CloudWatchMetrics":[{}]}}', 'null'])
      expect(embeddedMetrics(text)).toEqual([]);
    expect(
      embeddedMetrics(JSON.stringify({ ...document, _aws: { Timestamp: 1, CloudWatchMetrics: 7 } })),
    ).toEqual([]);
    expect(mayHoldMetrics('{"message":"hello"}')).toBe(false);
  });
});
