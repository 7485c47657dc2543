import { CONVERSATION } from './rules/conversation.ts'
import { PROMPT } from './rules/prompt.ts'
import { READING } from './rules/reading.ts'
import { REFERENCES } from './rules/references.ts'
import { RELOAD } from './rules/reload.ts'
import type { Rule } from './rules/rule.ts'
import { SECRETS } from './rules/secrets.ts'
import { SHAPE } from './rules/shape.ts'
import { TOOLS } from './rules/tools.ts'
import { VOICE } from './rules/voice.ts'

const TABLE = {
  ...READING,
  ...SHAPE,
  ...REFERENCES,
  ...VOICE,
  ...SECRETS,
  ...TOOLS,
  ...PROMPT,
  ...RELOAD,
  ...CONVERSATION,
}

export type RuleId = keyof typeof TABLE

/** Every rule by its id. An id is never reused for another meaning. */
export const RULES: { readonly [id in RuleId]: Rule } = TABLE
