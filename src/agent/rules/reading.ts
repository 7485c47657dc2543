import type { RuleTable } from './rule.ts'

/** RV001 to RV019: from bytes to values. */
export const READING_RULES = {
  RV001: {
    level: 'error',
    title: 'the file is not UTF-8 text',
    help: 'Agent files and prompts are read as UTF-8, with or without a byte order mark. Save the file as UTF-8.',
    validExample: 'greeting: Grüezi.',
  },
  RV002: {
    level: 'error',
    title: 'the file is not valid YAML',
    help: 'Files are read as YAML 1.2. Most often a value with ": " or " #" in it wants quotes, or a quote or bracket is not closed.',
    validExample: 'greeting: "Hello: how can I help?"',
  },
  RV003: {
    level: 'error',
    title: 'a key stands twice',
    help: 'Which of the two would count is anybody’s guess. Keep one.',
    validExample: 'voice: Sarah',
  },
  RV004: {
    level: 'error',
    title: 'a line is indented with a tab',
    help: 'YAML indents with spaces alone. Let your editor write two spaces for the tab key in YAML files.',
    validExample: 'stt:\n  language: en',
  },
  RV005: {
    level: 'error',
    title: 'the file holds several documents',
    help: 'One file is one agent. A line of dashes begins another document: remove it, or move what follows into a file of its own.',
    validExample: 'description: One agent, one document.',
  },
  RV006: {
    level: 'warning',
    title: 'a value that YAML 1.1 and 1.2 read differently',
    help: 'Files are read as YAML 1.2, where yes, no, on and off are words and 010 is ten; many editors and tools still read YAML 1.1. Put it in quotes, or write true, false or the number. An error where true or false is wanted.',
    validExample: 'x-answer: "no"',
  },
  RV007: {
    level: 'error',
    title: 'the file is too large',
    help: 'At most 256 KiB are read of one file. A long prompt belongs into a file of its own (instructions_file), reference material behind a tool.',
    validExample: 'description: Small.',
  },
  RV008: {
    level: 'error',
    title: 'too many values or aliases, or an alias that contains itself',
    help: 'Aliases are written out when the file is read, so a few nested ones may stand for millions of values. Write the values out, or share them with extends.',
    validExample: 'stt: { model: &ears assemblyai/u3-rt-pro }\nx-ears: *ears',
  },
  RV009: {
    level: 'error',
    title: 'a value that cannot be represented',
    help: 'A whole number above 9007199254740991, .inf and .nan cannot be kept exactly. Put it in quotes if it is text, or choose another.',
    validExample: 'max_output_tokens: 800',
  },
  RV010: {
    level: 'error',
    title: 'the file is nested too deep',
    help: 'Maps and lists may lie 64 deep in one another. Flatten what lies deeper.',
    validExample: 'provider_data: { tts: { delivery_mode: BALANCED } }',
  },
  RV011: {
    level: 'note',
    title: 'something is ignored without a reason',
    help: 'The next one who reads the file wants to know why. Write the reason behind the colon: # runner-ignore RV604: the reason.',
    validExample: '# runner-ignore RV401: an example, and nobody’s key\nx-example: sk-0123456789abcdefABCDEF',
  },
  RV012: {
    level: 'warning',
    title: 'a comment ignores nothing',
    help: 'What it spoke of is mended, has moved, or cannot be ignored. The comment stands on the line above the setting, or behind it, and names rules that lie there.',
    validExample: 'voice: Sarah',
  },
  RV013: {
    level: 'error',
    title: 'a level that the project cannot give',
    help: 'Under rules: in .runner.yaml, a rule may be error, warning, note or off. Errors without which no agent can be built stay errors.',
    validExample: 'voice: Sarah',
  },
  RV014: {
    level: 'error',
    title: 'a sign that looks like one of YAML',
    help: 'Word processors and web pages write “typographic quotes”, and spaces that do not break. To YAML both are letters, and become part of the key or the value. Write straight quotes and plain spaces. A warning where a whole sentence stands in such quotes, or where no program reads it: a greeting, a description.',
    validExample: 'greeting: "Hello: how can I help?"',
  },
} as const satisfies RuleTable
