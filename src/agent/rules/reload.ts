import type { RuleTable } from './rule.ts'

/** RV901 to RV919: edits while the agent runs. */
export const RELOAD_RULES = {
  RV901: {
    level: 'error',
    title: 'the name of a running agent changed',
    help: 'Logs, tools and programs know the agent by its name. Start again to give it another.',
    validExample: 'name: desk',
  },
  RV902: {
    level: 'error',
    title: 'the key of a running agent is in a variable that is not set',
    help: 'A process has the variables that it was started with. The last good settings stay: name a variable that is set, or start again with the other one.',
    validExample: 'connection: { api_key_env: INWORLD_API_KEY }',
  },
  RV905: {
    level: 'error',
    title: 'a save that takes away most of the prompt, or all tools',
    help: 'A file that is cut off while it is written is often valid YAML. The save is held: save it once more, or run "runner reload --accept", if it is meant.',
    validExample:
      'instructions: |\n  You answer the phone of a shop. Be warm and brief.\n  Never look for an order without its number.',
  },
  RV906: {
    level: 'error',
    title: 'content that the service has refused before',
    help: 'It is not offered again by itself. Change it, or run "runner reload --accept" to ask the service once more.',
    noInvalidExample: 'it tells what the service said of the same content before.',
  },
  RV907: {
    level: 'error',
    title: 'the file of a running agent is gone, or cannot be read any more',
    help: 'What was read of it last stays in force. Put it back, or stop the runner and start it with the file where it is now.',
    noInvalidExample: 'there is none.',
  },
  RV910: {
    level: 'error',
    title: 'a setting that the service refused',
    help: 'Its own words are in the message. The edit is undone as a whole, and the last good settings stay; an edit that puts it right is sent.',
    noInvalidExample:
      'what it takes is for the service to say, and what this version knows of that is told by other rules.',
  },
  RV911: {
    level: 'warning',
    title: 'a setting that the service shows otherwise than it was asked for',
    help: 'The service took the edit and reports another value: it rounds, spells a name its own way, or passes over what it does not know.',
    noInvalidExample: 'how it shows a setting is for the service to say.',
  },
  RV912: {
    level: 'warning',
    title: 'a tool that a server lists and the agent has not',
    help: 'Another tool has its name, or a session takes no more. Name the tools that are wanted of each server under include.',
    validExample: 'tools:\n  - mcp: { url: "https://shop.example/mcp", include: [find_parcel] }',
  },
} as const satisfies RuleTable
