import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** One file in so many has a mistake in it. */
const FAULTY_EVERY = 10

const MISTAKES = [
  ['eagerness: low', 'eagernes: low'],
  ['temperature: 0.7', 'temperature: warm'],
  ['speed: 1.1', 'speed: 11'],
  ['type: semantic_vad', 'type: semantic'],
  ['voice: ', 'vioce: '],
] as const

/** Writes agent files of about 40 lines, no two alike, some of them with a mistake, below a folder that is a root. */
export function generateAgents(folder: string, count: number): void {
  mkdirSync(join(folder, 'agents'), { recursive: true })
  mkdirSync(join(folder, 'tools'), { recursive: true })
  writeFileSync(join(folder, '.runner.yaml'), '')
  writeFileSync(join(folder, 'tools/look-up.sh'), '#!/bin/sh\n')
  chmodSync(join(folder, 'tools/look-up.sh'), 0o755)
  for (let index = 0; index < count; index += 1) {
    const name = `agent-${String(index).padStart(5, '0')}`
    writeFileSync(join(folder, `agents/${name}.yaml`), agentFile(name, index))
  }
}

function agentFile(name: string, index: number): string {
  const good = `version: 1
name: ${name}
description: Answers the phone of shop ${index}.

model: openai/gpt-4.1-mini
voice: Clive
instructions: |
  You are Nora. You answer the phone of shop ${index}.
  Be warm and brief: one or two short sentences, then let the caller speak.
  Look orders up with find_order; never guess them.
greeting: Hello, this is shop ${index}. How can I help?
temperature: 0.7

stt:
  model: assemblyai/u3-rt-pro
  language: en
tts:
  model: inworld-tts-1.5-max
  speed: 1.1
turn_detection:
  type: semantic_vad
  eagerness: low

tools:
  - name: find_order
    description: Find one order of shop ${index} by its number.
    run: ../tools/look-up.sh
    timeout: 5s
    parameters:
      type: object
      properties:
        order_number:
          type: string
          description: The order's number, a letter, a dash and four digits.
          pattern: ^[A-Z]-[0-9]{4}$
        shop:
          type: integer
          description: The shop's number.
          minimum: ${index}
      required: [order_number]
      additionalProperties: false
`
  const [right, wrong] = MISTAKES[Math.floor(index / FAULTY_EVERY) % MISTAKES.length] ?? MISTAKES[0]
  return index % FAULTY_EVERY === 0 ? good.replace(right, wrong) : good
}
