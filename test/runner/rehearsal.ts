import { onTestFinished } from 'vitest'
import type { Agent } from '../../src/agent/agent.ts'
import type { CallerEvent } from '../../src/channels/caller-event.ts'
import { type Emulator, type EmulatorOptions, startEmulator } from '../../src/emulator/server.ts'
import { ClientEvent } from '../../src/generated/realtime-client-events.js'
import { ServerEvent } from '../../src/generated/realtime-server-events.js'
import { createLog } from '../../src/io/log.ts'
import { createConnect } from '../../src/runner/connect.ts'
import type { Conversation } from '../../src/runner/conversation.ts'
import { createFrontSound } from '../../src/runner/fronts/front-sound.ts'
import { createRunner, type Runner } from '../../src/runner/runner.ts'
import { createToolbox } from '../../src/runner/toolbox.ts'
import type { Report } from '../../src/session/report.ts'
import { toolNamed } from '../helpers/agents.ts'
import { root } from '../helpers/cli.ts'

/**
 * A conversation with the emulator over a real socket, with real tool processes, of which every event fits the protocol's schema, those of
 * the beta and what has no type aside.
 */
export async function rehearse(agent: Agent, options: EmulatorOptions = {}, heardBy: 'printed' | 'clock' = 'printed') {
  const misfits: string[] = []
  const onFrame = (direction: 'in' | 'out', frame: string) => {
    const fits = direction === 'in' ? ClientEvent : ServerEvent
    if (direction === 'out' && (options.faults?.betaNames || frame.startsWith('{"errorType"'))) return
    if (!fits(JSON.parse(frame))) misfits.push(frame.slice(0, 200))
  }
  const emulator: Emulator = await startEmulator({ voice: 'hum', onFrame, ...options })
  const log = createLog({ level: 'silent', pretty: false, secrets: () => [] })
  const tools = createToolbox({ env: process.env, hidden: () => ['INWORLD_API_KEY'], log: log.info })
  const endpointFor = () => ({ kind: 'emulator', reason: 'a test' }) as const
  const reports: Report[] = []
  let wake = () => {}
  const runner: Runner = createRunner([agent], {
    connect: createConnect({ log, endpointFor, emulatorUrl: emulator.url }),
    runTool: tools.run,
    useServers: tools.useServers,
    prepare: tools.prepare,
    onReport(report) {
      reports.push(report)
      wake()
    },
    onRest: () => {},
    onClosed: () => {},
  })
  let conversation: Conversation | null = null
  const emit = (event: CallerEvent) => conversation?.dispatch(event)
  const opened = runner.open(
    { name: 'main', agent: null },
    { sound: createFrontSound({ heardBy, emit }), onReport() {}, onRest() {}, onClosed() {} },
  )
  if ('message' in opened) throw new Error(opened.message)
  conversation = opened
  onTestFinished(async () => {
    opened.stop(false)
    await tools.close()
    await emulator.close()
    if (misfits.length > 0) throw new Error(`frames that do not fit the schema: ${misfits.join('\n')}`)
  })

  async function reported<Type extends Report['type']>(
    type: Type,
    count = 1,
  ): Promise<Extract<Report, { type: Type }>> {
    for (;;) {
      const found = reports.filter((report): report is Extract<Report, { type: Type }> => report.type === type)[
        count - 1
      ]
      if (found !== undefined) return found
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  return { conversation: opened, runner, emulator, reports, reported }
}

/** Looks up an order: a script of the examples. */
export const lookup = toolNamed('lookup_order', {
  description: 'Look up one order by its number.',
  run: [`${root}/tools/lookup_order.mjs`],
  cwd: `${root}/agents`,
  parameters: {
    type: 'object',
    required: ['order_number'],
    properties: { order_number: { type: 'string', pattern: '^[A-Z]-[0-9]{4}$', examples: ['A-1042'] } },
  },
})
