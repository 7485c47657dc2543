import type { RuleTable } from './rule.ts'

/** RV301 to RV329: sound, turns and the service. */
export const VOICE = {
  RV301: {
    level: 'error',
    title: 'G.711 with a rate other than 8000',
    help: 'pcmu and pcma are telephone codings and have one rate. Remove the rate, or choose pcm.',
    right: 'audio:\n  input: { format: pcmu }\n  output: { format: pcmu }',
  },
  RV308: {
    level: 'error',
    title: 'an address that no session can be opened at',
    help: 'The service is reached by WebSocket: wss://host/path.',
    right: 'connection:\n  base_url: wss://api.inworld.ai/api/v1/realtime/session',
  },
  RV309: {
    level: 'error',
    title: 'an address that would show the key to the network',
    help: 'ws:// is not encrypted, so it is for this machine alone.',
    right: 'connection:\n  base_url: ws://127.0.0.1:7080/realtime',
  },
  RV310: {
    level: 'error',
    title: 'a setting that belongs to the runner',
    help: 'The runner answers tool calls and asks for the response itself; a service that did so too would speak twice.',
    right: 'provider_data: { tts: { delivery_mode: BALANCED } }',
  },
} as const satisfies RuleTable
