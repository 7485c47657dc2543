import type { RuleTable } from './rule.ts'

/** RV101 to RV129: keys and values, each for itself. */
export const SHAPE_RULES = {
  RV101: {
    level: 'error',
    title: 'an unknown key',
    help: 'A key that nobody reads is most often a slip of the hand. Correct it, or let it begin with x- if it is for yourself.',
    validExample: 'turn_detection:\n  type: semantic_vad\n  eagerness: low',
  },
  RV102: {
    level: 'error',
    title: 'a missing key',
    help: 'version and name are always wanted; a tool wants name, description and what answers it; turn_detection wants its type.',
    validExample: 'turn_detection: { type: manual }',
  },
  RV103: {
    level: 'error',
    title: 'both or neither of instructions and instructions_file',
    help: 'There is one prompt. Write it under instructions, or name its file under instructions_file.',
    validExample: 'instructions: Be brief.',
  },
  RV104: {
    level: 'error',
    title: 'a value of the wrong type',
    help: 'Text, number, true or false, list and map are different things. A number in quotes is text.',
    validExample: 'temperature: 0.7',
  },
  RV105: {
    level: 'error',
    title: 'a value that is not one of those allowed',
    help: 'The message lists what is allowed. Upper and lower case count.',
    validExample: 'turn_detection: { type: semantic_vad, eagerness: low }',
  },
  RV106: {
    level: 'error',
    title: 'a value out of range',
    help: 'The service would refuse it. The message names both ends of the range.',
    validExample: 'temperature: 0.7',
  },
  RV107: {
    level: 'error',
    title: 'a value of the wrong form',
    help: 'Names are letters, digits, _ and -. Durations are a number and a unit: 1200ms, 8s, 2m.',
    validExample: 'name: the-desk',
  },
  RV108: {
    level: 'error',
    title: 'a key that does not belong to this type',
    help: 'What may stand in turn_detection depends on its type. Choose the other type, or remove the key.',
    validExample: 'turn_detection: { type: server_vad, threshold: 0.5 }',
  },
  RV109: {
    level: 'error',
    title: 'the word of a neighbouring tool',
    help: 'Other tools, or the wire, have another word for it. The message names ours.',
    validExample: 'instructions: Be brief.',
  },
  RV110: {
    level: 'error',
    title: 'a key that this version does not support',
    help: 'The word is reserved: a later version of the format will give it a meaning. Remove it.',
    validExample: 'x-handoffs: []',
  },
  RV111: {
    level: 'error',
    title: 'an unknown version of the file format',
    help: 'This runner reads version 1. It is the version of the format, not of your agent.',
    validExample: 'version: 1',
  },
} as const satisfies RuleTable
