import { CONVERSATION_RULES } from './rules/conversation.ts'
import { PROMPT_RULES } from './rules/prompt.ts'
import { READING_RULES } from './rules/reading.ts'
import { REFERENCE_RULES } from './rules/references.ts'
import { RELOAD_RULES } from './rules/reload.ts'
import type { Rule } from './rules/rule.ts'
import { SECRET_RULES } from './rules/secrets.ts'
import { SHAPE_RULES } from './rules/shape.ts'
import { TOOL_RULES } from './rules/tools.ts'
import { VOICE_RULES } from './rules/voice.ts'

const TABLE = {
  ...READING_RULES,
  ...SHAPE_RULES,
  ...REFERENCE_RULES,
  ...VOICE_RULES,
  ...SECRET_RULES,
  ...TOOL_RULES,
  ...PROMPT_RULES,
  ...RELOAD_RULES,
  ...CONVERSATION_RULES,
}

export type RuleId = keyof typeof TABLE

/** Every rule by its id. An id is never reused for another meaning. */
export const RULES: { readonly [id in RuleId]: Rule } = TABLE
