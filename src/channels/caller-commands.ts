/** A typed line: a turn for the agent, or a command to the channel. */
type TypedInput =
  | { readonly type: 'turn'; readonly text: string }
  | { readonly type: 'blank' | 'pause' | 'hold' | 'resume' | 'help' | 'quit' }
  | { readonly type: 'unknown'; readonly word: string }

/** The commands that can be typed. */
export const COMMANDS = {
  pause: 'stop your sound',
  hold: 'stop the sound of both, and answers too',
  resume: 'start it again',
  help: 'this list',
  quit: 'end (so does Ctrl-C)',
} as const

/** Parses a typed line; only a word right after a slash is a command. */
export function parseTypedInput(line: string): TypedInput {
  const text = line.trim()
  if (text === '') return { type: 'blank' }
  const word = /^\/([a-z]*)(?!\S)/i.exec(text)?.[1]?.toLowerCase()
  if (word === undefined) return { type: 'turn', text }
  return isCommand(word) ? { type: word } : { type: 'unknown', word: `/${word}` }
}

/** The commands' names, on one line. */
export function commandNames(): string {
  return Object.keys(COMMANDS)
    .map((word) => `/${word}`)
    .join(' ')
}

/** The commands, one per line, each with what it does. */
export function commandHelp(): string {
  return Object.entries(COMMANDS)
    .map(([word, meaning]) => `${`/${word}`.padEnd(8)}${meaning}`)
    .join('\n')
}

function isCommand(word: string): word is keyof typeof COMMANDS {
  return Object.hasOwn(COMMANDS, word)
}
