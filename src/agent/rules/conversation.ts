import type { RuleTable } from './rule.ts'

/** RV701 to RV719: how a conversation goes on, and how long. */
export const CONVERSATION_RULES = {
  RV701: {
    level: 'error',
    title: 'a time of the conversation out of range',
    help: 'idle.after is 1s to 60m, limits.idle 10s to 1440m, limits.max_session and limits.wrap_up_at 10s to 1440m.',
    validExample:
      'idle: { after: 15s, say: Are you still there? }\nlimits: { max_session: 30m, wrap_up_at: 27m, idle: 5m }',
  },
  RV702: {
    level: 'error',
    title: 'a time that never comes',
    help: 'limits.wrap_up_at is counted from the beginning, as limits.max_session is, and has to come before it. idle.after has to be shorter than limits.idle, which ends the conversation.',
    validExample: 'limits: { max_session: 30m, wrap_up_at: 27m }',
    mayBeLowered: true,
  },
  RV703: {
    level: 'error',
    title: 'two that decide what interrupts',
    help: 'With interrupt_response: true, the default, the service cancels the answer as soon as it hears a voice, and interruption comes too late. Set it to false, and the runner interrupts by words.',
    validExample:
      'turn_detection: { type: semantic_vad, interrupt_response: false }\ninterruption: { min_words: 2, ignore: [mm-hm] }',
  },
  RV704: {
    level: 'warning',
    title: 'a word that is meant to be done, and would be said',
    help: 'idle.then holds the last words to the caller, and the conversation is over once they were heard. Write a goodbye; to end without a word, remove idle.then and set limits.idle.',
    validExample: 'idle: { after: 15s, say: Are you still there?, then: I will hang up now. Goodbye. }',
  },
} as const satisfies RuleTable
