import { describe, expect, it } from 'vitest';
import { deviceType } from './userSession.ts';

const chrome = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) ';

describe('the device of a session', () => {
  it.each([
    [`${chrome}Chrome/125.0.0.0 Safari/537.36`, 'Chrome 125 / macOS 10.15'],
    [`${chrome}Chrome/125.0.0.0 Safari/537.36 Edg/124.0.1`, 'Edge 124 / macOS 10.15'],
    [`${chrome}Version/17.4 Safari/605.1.15`, 'Safari 17 / macOS 10.15'],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:126.0) Gecko/20100101 Firefox/126.0',
      'Firefox 126 / Windows 10',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1',
      'Safari 17 / iOS 17',
    ],
    [
      'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0 Mobile Safari/537.36',
      'Chrome 124 / Android 14',
    ],
    ['aws-sdk-js/3.1169.0 ua/2.1 os/linux#6.1 lang/js', 'aws-sdk-js/3.1169.0 / Linux'],
    ['Boto3/1.43.11 md/Botocore#1.43.11 os/macos#15.0', 'Boto3/1.43.11 / macOS 15.0'],
    ['curl/8.5.0', 'curl/8.5.0'],
    ['', 'unknown'],
    [undefined, 'unknown'],
  ])('of %s', (userAgent, device) => {
    expect(deviceType(userAgent)).toBe(device);
  });

  it('is no longer than AWS shows it', () => {
    expect(deviceType('x'.repeat(5_000))).toHaveLength(1_024);
  });
});
