/** CSS of the classic hosted UI. https://docs.aws.amazon.com/cognito/latest/developerguide/hosted-ui-classic-branding.html */
import { InvalidParameterException } from '../errors.ts';

const classes: ReadonlySet<string> = new Set([
  'background',
  'banner',
  'errorMessage',
  'idpButton',
  'idpDescription',
  'inputField',
  'label',
  'legalText',
  'logo',
  'passwordCheck-notValid',
  'passwordCheck-valid',
  'redirect',
  'socialButton',
  'submitButton',
  'textDescription',
]);

/**
 * Takes what AWS's template has: rules for classes that end in `-customizable`, with states; no at-rules, no addresses,
 * nothing that could end a style element. @throws InvalidParameterException
 */
export function checkCss(css: string): void {
  const rules = css.replaceAll(/\/\*[\s\S]*?\*\//g, '');
  if (/[<\\@]|url\s*\(|expression\s*\(|javascript:/i.test(rules)) {
    throw new InvalidParameterException(
      'CSS cannot contain @import, @supports, @page or @media statements, addresses or scripts.',
    );
  }
  const rest = rules.replaceAll(/([^{}]*)\{([^{}]*)\}/g, (_rule, selectors: string) => {
    for (const selector of selectors.split(',')) {
      const [, name = ''] =
        /^\s*\.([\w-]+)-customizable(?::(?:hover|focus|active|disabled|placeholder))?\s*$/.exec(selector) ??
        [];
      if (!classes.has(name)) {
        throw new InvalidParameterException(`${selector.trim()} is not a valid CSS class.`);
      }
    }
    return '';
  });
  if (rest.trim() !== '') throw new InvalidParameterException('The CSS is not valid.');
}

/** Without comments: nothing but what was checked gets onto a page. */
export const servedCss = (css: string): string => css.replaceAll(/\/\*[\s\S]*?\*\//g, '');
