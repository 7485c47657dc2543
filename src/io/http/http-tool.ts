import { fillRequest } from '../../agent/requests/http-request.ts'
import { variablesIn } from '../../agent/requests/template.ts'
import type { HttpTool, ToolOutcome } from '../../agent/tool.ts'
import { createLiveMask } from '../secret-mask.ts'
import { type GatePorts, gateCall } from '../tools/gated-call.ts'
import { failure, misconfiguration, type Verdict } from '../tools/tool-contract.ts'
import { createHttpClient } from './http-client.ts'
import { judgeAnswer, judgeNoAnswer } from './http-verdict.ts'
import { NoAnswer } from './no-answer.ts'

interface HttpCall {
  readonly callId: string
  readonly conversation: string
  readonly tool: HttpTool
  /** The text of a JSON object, already checked against the tool's parameters. */
  readonly argumentsText: string
}

export interface HttpTools {
  run(call: HttpCall): { readonly finished: Promise<ToolOutcome>; cancel(): void }
  close(): void
}

export interface HttpToolsOptions extends GatePorts {
  /** Where the values of variables come from. */
  readonly baseEnv: NodeJS.ProcessEnv
  /** Names of variables no tool ever gets. More may become known later. */
  readonly hidden: () => readonly string[]
}

/** Runs tools that are HTTP requests. */
export function createHttpTools(options: HttpToolsOptions): HttpTools {
  const httpClient = createHttpClient()
  return {
    run: (call) => gateCall(call, (signal) => request(call, signal), options),
    close: httpClient.close,
  }

  async function request({ tool, argumentsText }: HttpCall, signal: AbortSignal): Promise<Verdict> {
    const { baseEnv, hidden, trace } = options
    const mask = createLiveMask(() => [...variablesOf(tool), ...hidden()].map((name) => baseEnv[name] ?? ''))
    const variable = (name: string) => (hidden().includes(name) ? undefined : baseEnv[name])
    const filled = fillRequest(tool, argumentsText, variable)
    if ('invalid' in filled) return { outcome: failure('invalid_arguments', filled.invalid) }
    if ('misconfigured' in filled) return misconfiguration(filled.misconfigured)
    const { method, url, headers, body } = filled
    trace?.({ type: 'requested', method, url: mask(url), headers: Object.keys(headers), body: mask(body ?? '') })
    const startedMs = performance.now()
    try {
      const answer = await httpClient.request(filled, { allowPrivate: tool.allowPrivate, signal })
      const { status, address } = answer
      const ms = Math.round(performance.now() - startedMs)
      trace?.({ type: 'responded', status, address, body: mask(answer.body.toString('utf8')), ms })
      return judgeAnswer(answer, mask, tool)
    } catch (error) {
      if (error instanceof NoAnswer) return judgeNoAnswer(error, mask)
      return { outcome: failure('failed', 'the request could not be made'), detail: mask(String(error)) }
    }
  }
}

function variablesOf({ url, headers, body }: HttpTool): readonly string[] {
  return [url, ...Object.values(headers), JSON.stringify(body ?? '')].flatMap(variablesIn)
}
