/** Looking at templates: a stack's, or one that isn't deployed. */
import { capabilitiesNeeded } from '../domain/capabilities.ts';
import { defaultText } from '../domain/parameters.ts';
import type { Template } from '../domain/template/model.ts';
import { validateTemplate } from '../domain/template/validate.ts';
import { readingTemplate, ValidationError } from '../errors.ts';
import { look, type TemplateSource, templateText } from '../prepare.ts';
import { type Context, placeOf, prepareContext } from '../room.ts';
import { hasTransforms } from '../transforms.ts';
import { findChangeSet } from './changeSets.ts';
import { findStack } from './stacks.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplate.html */
export async function GetTemplate(
  ctx: Context,
  input: { StackName?: string; ChangeSetName?: string; TemplateStage?: 'Original' | 'Processed' },
) {
  const inputs = input.ChangeSetName
    ? (await findChangeSet(ctx, input.ChangeSetName, input.StackName)).inputs
    : await stackInputs(ctx, input.StackName);
  if (!inputs) throw new ValidationError(`Template does not exist`);
  const { original, processed } = inputs;
  const isProcessed = input.TemplateStage === 'Processed' && hasTransforms(look(original).parsed.tree);
  return {
    TemplateBody: isProcessed ? JSON.stringify(processed) : original,
    StagesAvailable: ['Original', 'Processed'],
  };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplateSummary.html */
export async function GetTemplateSummary(ctx: Context, input: TemplateSource & { StackName?: string }) {
  const text =
    input.StackName === undefined
      ? await templateText(prepareContext(ctx), input)
      : ((await stackInputs(ctx, input.StackName))?.original ?? '');
  const { parsed, template } = look(text);
  const metadata = parsed.tree.Metadata;
  return {
    ...descriptionOf(template, hasTransforms(parsed.tree)),
    Parameters: parametersOf(template, true),
    ResourceTypes: [...new Set([...template.resources.values()].map(({ type }) => type))],
    Version: parsed.tree.AWSTemplateFormatVersion,
    Metadata: metadata === undefined ? undefined : JSON.stringify(metadata),
  };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ValidateTemplate.html */
export async function ValidateTemplate(ctx: Context, input: TemplateSource) {
  const { parsed, template } = look(await templateText(prepareContext(ctx), input));
  const hasMacros = hasTransforms(parsed.tree);
  // What a macro adds may be what a reference means: only a whole template can be checked.
  if (!hasMacros) readingTemplate(() => validateTemplate(template));
  return { ...descriptionOf(template, hasMacros), Parameters: parametersOf(template, false) };
}

async function stackInputs(ctx: Context, stackName: string | undefined) {
  if (stackName === undefined)
    throw new ValidationError('StackName is required if ChangeSetName is not specified.');
  const stack = await findStack(ctx, stackName);
  return ctx.room.store.at(placeOf(ctx)).inputs(stack.stackId);
}

function descriptionOf(template: Template, hasMacros: boolean) {
  const { capabilities, reason } = capabilitiesNeeded(template);
  const needed = hasMacros ? [...capabilities, 'CAPABILITY_AUTO_EXPAND'] : capabilities;
  const macros = `The following resource(s) require capabilities: [${template.transforms.join(', ')}]`;
  return {
    Description: template.description,
    Capabilities: needed.length > 0 ? needed : undefined,
    CapabilitiesReason: reason ?? (hasMacros ? macros : undefined),
    DeclaredTransforms: template.transforms.length > 0 ? template.transforms : undefined,
  };
}

function parametersOf({ parameters }: Template, detailed: boolean) {
  return [...parameters].map(([key, declaration]) => ({
    ParameterKey: key,
    DefaultValue: defaultText(declaration),
    NoEcho: declaration.NoEcho === true,
    Description: declaration.Description,
    ...(detailed
      ? {
          ParameterType: declaration.Type,
          ParameterConstraints: { AllowedValues: declaration.AllowedValues?.map(String) },
        }
      : {}),
  }));
}
