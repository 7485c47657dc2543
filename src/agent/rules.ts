import type { Level } from './diagnostic.ts'

interface Rule {
  readonly level: Level
  readonly title: string
}

/** Every rule by its id. An id is never reused for another meaning. */
export const RULES = {
  RV001: { level: 'error', title: 'the file is not UTF-8 text' },
  RV002: { level: 'error', title: 'the file is not valid YAML' },
  RV003: { level: 'error', title: 'a key stands twice' },
  RV004: { level: 'error', title: 'a line is indented with a tab' },
  RV005: { level: 'error', title: 'the file holds several documents' },
  RV007: { level: 'error', title: 'the file is too large' },
  RV008: { level: 'error', title: 'too many aliases, or one that contains itself' },
  RV009: { level: 'error', title: 'a value that cannot be represented' },
  RV010: { level: 'error', title: 'the file is nested too deep' },
  RV101: { level: 'error', title: 'an unknown key' },
  RV102: { level: 'error', title: 'a missing key' },
  RV103: { level: 'error', title: 'both or neither of instructions and instructions_file' },
  RV104: { level: 'error', title: 'a value of the wrong type' },
  RV105: { level: 'error', title: 'a value that is not one of those allowed' },
  RV106: { level: 'error', title: 'a value out of range' },
  RV107: { level: 'error', title: 'a value of the wrong form' },
  RV108: { level: 'error', title: 'a key that does not belong to this type' },
  RV109: { level: 'error', title: 'the word of a neighbouring tool' },
  RV110: { level: 'error', title: 'a key that this version does not support' },
  RV111: { level: 'error', title: 'an unknown version of the file format' },
  RV201: { level: 'error', title: 'a file that is named is missing' },
  RV202: { level: 'error', title: 'a path leads out of the root' },
  RV203: { level: 'error', title: 'files that name each other in a circle, or too many of them' },
  RV204: { level: 'error', title: 'two tools with one name' },
  RV205: { level: 'error', title: 'tool_choice names no tool' },
  RV206: { level: 'error', title: 'a reference to the environment that is not read' },
  RV207: { level: 'error', title: 'a variable that is not set' },
  RV301: { level: 'error', title: 'G.711 with a rate other than 8000' },
  RV308: { level: 'error', title: 'an address that no session can be opened at' },
  RV309: { level: 'error', title: 'an address that would show the key to the network' },
  RV310: { level: 'error', title: 'a setting that belongs to the runner' },
  RV401: { level: 'error', title: 'something that looks like a key' },
  RV404: { level: 'error', title: 'a tool is given the key of the service' },
  RV501: { level: 'error', title: 'a tool script is missing' },
  RV502: { level: 'error', title: 'a tool script is not executable' },
  RV503: { level: 'error', title: 'the interpreter of a tool script is missing' },
  RV504: { level: 'error', title: 'the first line of a tool script ends in CRLF' },
  RV506: { level: 'error', title: 'a time limit out of range' },
  RV511: { level: 'error', title: 'parameters are not a valid JSON Schema' },
  RV901: { level: 'error', title: 'the name of a running agent changed' },
} as const satisfies { readonly [id: `RV${string}`]: Rule }

export type RuleId = keyof typeof RULES
