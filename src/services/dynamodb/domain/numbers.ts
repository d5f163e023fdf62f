/**
 * Numbers as DynamoDB keeps them: decimals of up to 38 significant digits, from 1E-130 to 9.99…E+125,
 * written without exponent. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
 */
import { ValidationException } from '../errors.ts';
import { limits } from '../limits.ts';

/** `digits × 10^exponent`, signed; digits have no trailing zero, zero is `0 × 10^0`. */
interface Decimal {
  digits: bigint;
  exponent: number;
}

const plainInteger = /^(?:0|-?[1-9][0-9]{0,14})$/;
// What Java's BigDecimal reads: digits with at most one point, and an exponent.
const numeral = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{1,10}))?$/;

/**
 * The canonical text of a number: no exponent, no leading or trailing zeros, no plus sign, no negative zero.
 * @throws ValidationException when it isn't a number, or is out of DynamoDB's range or precision.
 */
export function normalizeNumber(text: string): string {
  if (plainInteger.test(text)) return text;
  if (text === '') throw new ValidationException('The parameter cannot be converted to a numeric value');
  const match = numeral.exec(text);
  const whole = match?.[2] ?? '';
  const fraction = match?.[3] ?? '';
  if (!match || whole.length + fraction.length === 0) {
    throw new ValidationException(`The parameter cannot be converted to a numeric value: ${text}`);
  }
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = trimZeros(digits);
  if (significant === '') return '0';
  const exponent = Number(match[4] ?? 0) - fraction.length + (digits.length - significant.length);
  checkRange(significant.length, exponent);
  return write(match[1] === '-', significant, exponent);
}

/** Drops trailing zeros; a regular expression would take quadratic time on runs of zeros. */
function trimZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits.charCodeAt(end - 1) === 48) end--;
  return digits.slice(0, end);
}

function checkRange(significantDigits: number, exponent: number): void {
  const leading = exponent + significantDigits - 1;
  if (leading > limits.numberExponentMax) {
    throw new ValidationException(
      'Number overflow. Attempting to store a number with magnitude larger than supported range',
    );
  }
  if (leading < limits.numberExponentMin) {
    throw new ValidationException(
      'Number underflow. Attempting to store a number with magnitude smaller than supported range',
    );
  }
  if (significantDigits > limits.numberDigitsMax) {
    throw new ValidationException('Attempting to store more than 38 significant digits in a Number');
  }
}

function write(negative: boolean, digits: string, exponent: number): string {
  const sign = negative ? '-' : '';
  if (exponent >= 0) return sign + digits + '0'.repeat(exponent);
  const point = digits.length + exponent;
  if (point > 0) return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
  return `${sign}0.${'0'.repeat(-point)}${digits}`;
}

/** The order of two canonical numbers. */
export function compareNumbers(left: string, right: string): number {
  if (left === right) return 0;
  // Doubles hold 15 significant digits exactly, so their order is the decimals' order.
  if (left.length <= 15 && right.length <= 15) return Number(left) < Number(right) ? -1 : 1;
  const a = read(left);
  const b = read(right);
  const difference = scale(a, Math.min(a.exponent, b.exponent)) - scale(b, Math.min(a.exponent, b.exponent));
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The exact sum of two canonical numbers. @throws ValidationException when the result is out of range. */
export function addNumbers(left: string, right: string): string {
  return combine(left, right, 1n);
}

/** The exact difference of two canonical numbers. @throws ValidationException when the result is out of range. */
export function subtractNumbers(left: string, right: string): string {
  return combine(left, right, -1n);
}

function combine(left: string, right: string, sign: 1n | -1n): string {
  if (plainInteger.test(left) && plainInteger.test(right)) {
    // Both are below 10^15 in magnitude: the sum of two is exact in a double.
    const sum = Number(left) + Number(sign) * Number(right);
    return String(sum === 0 ? 0 : sum);
  }
  const a = read(left);
  const b = read(right);
  const exponent = Math.min(a.exponent, b.exponent);
  const sum = scale(a, exponent) + sign * scale(b, exponent);
  if (sum === 0n) return '0';
  const negative = sum < 0n;
  const digits = (negative ? -sum : sum).toString();
  const significant = trimZeros(digits);
  const newExponent = exponent + digits.length - significant.length;
  checkRange(significant.length, newExponent);
  return write(negative, significant, newExponent);
}

function read(canonical: string): Decimal {
  const point = canonical.indexOf('.');
  if (point === -1) return { digits: BigInt(canonical), exponent: 0 };
  return {
    digits: BigInt(canonical.slice(0, point) + canonical.slice(point + 1)),
    exponent: point + 1 - canonical.length,
  };
}

function scale(decimal: Decimal, exponent: number): bigint {
  const shift = decimal.exponent - exponent;
  return shift === 0 ? decimal.digits : decimal.digits * 10n ** BigInt(shift);
}

/**
 * Bytes a canonical number takes: one for each two significant digits (pairs aligned at the point), one for
 * the exponent, one for the sign when negative.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function numberBytes(canonical: string): number {
  if (canonical === '0') return 1;
  const negative = canonical.charCodeAt(0) === 45;
  const text = negative ? canonical.slice(1) : canonical;
  const point = text.indexOf('.');
  const whole = point === -1 ? text : text.slice(0, point);
  const fraction = point === -1 ? '' : text.slice(point + 1);
  const all = trimZeros(whole + fraction);
  const leadingZeros = all.length - all.replace(/^0+/, '').length;
  const digits = all.length - leadingZeros;
  /** Exponent of the leading digit. */
  const leading = whole.length - 1 - leadingZeros;
  const unaligned = digits % 2 === 0 && leading % 2 === 0 ? 1 : 0;
  return 1 + Math.ceil(digits / 2) + unaligned + (negative ? 1 : 0);
}
