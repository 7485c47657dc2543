import { fillRequest } from '../../agent/requests/http-request.ts'
import { variablesIn } from '../../agent/requests/template.ts'
import type { HttpTool } from '../../agent/tool.ts'
import { gateCall, type RunningTool, type ToolCall, type ToolPorts } from '../tools/gated-call.ts'
import { failure, misconfiguration, type Verdict } from '../tools/tool-contract.ts'
import { createVariableMask, readableValue, type ToolVariables, valuesOf } from '../tools/tool-variables.ts'
import { createHttpClient } from './http-client.ts'
import { judgeAnswer, judgeNoAnswer } from './http-verdict.ts'
import { NoAnswer } from './no-answer.ts'

export interface HttpTools {
  run(call: ToolCall<HttpTool>): RunningTool
  close(): void
}

type HttpToolsOptions = ToolPorts & ToolVariables

/** Runs tools that are HTTP requests. */
export function createHttpTools(options: HttpToolsOptions): HttpTools {
  const httpClient = createHttpClient()
  return {
    run: (call) => gateCall(call, (signal) => request(call, signal), options),
    close: httpClient.close,
  }

  async function request({ tool, argumentsText }: ToolCall<HttpTool>, signal: AbortSignal): Promise<Verdict> {
    const { trace } = options
    const mask = createVariableMask(valuesOf(options, variablesOf(tool)), options)
    const filled = fillRequest(tool, argumentsText, (name) => readableValue(options, name))
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
