import type { RuleTable } from './rule.ts'

/** RV301 to RV329: sound, turns and the service. */
export const VOICE_RULES = {
  RV301: {
    level: 'error',
    title: 'G.711 with a rate other than 8000',
    help: 'pcmu and pcma are telephone codings and have one rate. Remove the rate, or choose pcm.',
    validExample: 'audio:\n  input: { format: pcmu }\n  output: { format: pcmu }',
  },
  RV302: {
    level: 'note',
    title: 'a default is relied upon',
    help: 'Where model or voice is left out, this version takes one, and a later version may take another. Write out what the agent is to keep.',
    validExample: 'model: openai/gpt-4.1-mini\nvoice: Sarah',
    isOptional: true,
  },
  RV303: {
    level: 'warning',
    title: 'nothing lets the agent answer',
    help: 'With create_response: false the end of the caller’s turn is found and nothing follows. That is right only where a program asks for each answer.',
    validExample: 'turn_detection: { type: semantic_vad, create_response: true }',
  },
  RV304: {
    level: 'warning',
    title: 'a greeting that nobody hears',
    help: 'A greeting is said; with text alone among output_modalities it is only written.',
    validExample: 'greeting: Hello.\noutput_modalities: [audio, text]',
  },
  RV305: {
    level: 'warning',
    title: 'two rates in one conversation',
    help: 'The caller is heard at one rate and the agent speaks at another, so sound is resampled on the way. Give both one rate, unless the line needs two.',
    validExample: 'audio:\n  input: { rate: 16000 }\n  output: { rate: 16000 }',
  },
  RV306: {
    level: 'error',
    title: 'a model without its provider',
    help: 'A model is called provider/model, or inworld/<router>: one name may be offered by several providers.',
    validExample: 'model: openai/gpt-4.1-mini',
  },
  RV307: {
    level: 'warning',
    title: 'a voice or model that the service did not list',
    help: 'The lists that this version knows are of September 2026 and age. Case counts. Voices of your own workspace are called <workspace>__<voice> and are not looked up. The emulator refuses what is newer, but for --accept-any-model.',
    validExample: 'voice: Sarah\nstt: { model: assemblyai/u3-rt-pro }\ntts: { model: inworld-tts-2 }',
  },
  RV308: {
    level: 'error',
    title: 'an address that no session can be opened at',
    help: 'The service is reached by WebSocket: wss://host/path.',
    validExample: 'connection:\n  base_url: wss://api.inworld.ai/api/v1/realtime/session',
  },
  RV309: {
    level: 'error',
    title: 'an address that would show the key to the network',
    help: 'ws:// is not encrypted, so it is for this machine alone.',
    validExample: 'connection:\n  base_url: ws://127.0.0.1:7080/realtime',
  },
  RV310: {
    level: 'error',
    title: 'a setting that belongs to the runner',
    help: 'The runner answers tool calls and asks for the response itself; a service that did so too would speak twice.',
    validExample: 'provider_data: { tts: { delivery_mode: BALANCED } }',
  },
  RV311: {
    level: 'warning',
    title: 'a language that is no code',
    help: 'Languages are named by their codes (BCP 47): en, de, pt-BR. A transcriber that does not know the word passes over it, and guesses. Leave it out where callers speak several.',
    validExample: 'stt: { language: en }',
  },
} as const satisfies RuleTable
