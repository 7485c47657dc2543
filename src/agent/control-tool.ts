import type { CallSettings } from './call-settings.ts'
import type { ControlTool, JsonSchema } from './tool.ts'

/** One entry `control:` as its author wrote it. */
export interface ControlData {
  readonly control: ControlTool['control']
  readonly description?: string
  /** The voices that may be chosen. */
  readonly voices?: readonly string[]
  readonly confirm?: boolean
}

const DESCRIPTIONS: { readonly [control in ControlTool['control']]: string } = {
  end_call:
    'End the call. Say goodbye first, in the same answer: the call ends when it has been heard. Only when the caller has nothing more to say.',
  set_voice: 'Go on in another voice, when the caller asks for one.',
}

/** A tool that acts on the conversation itself. `checkerOf` makes the checker of its arguments. */
export function buildControl(
  { control, description, voices }: ControlData,
  callSettings: CallSettings,
  checkerOf: (parameters: JsonSchema) => ControlTool['checkArguments'],
): ControlTool {
  const properties = control === 'set_voice' ? { voice: voiceSchema(voices ?? []) } : {}
  const parameters = { type: 'object', properties, required: Object.keys(properties), additionalProperties: false }
  return {
    ...callSettings,
    kind: 'control',
    control,
    name: control,
    description: description ?? DESCRIPTIONS[control],
    parameters,
    checkArguments: checkerOf(parameters),
  }
}

function voiceSchema(voices: readonly string[]) {
  return { type: 'string', description: 'The voice.', enum: [...voices] }
}
