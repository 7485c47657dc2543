import type { AgentFileData } from './build.ts'
import { checkAddress } from './checks/address.ts'
import { checkBackground } from './checks/background.ts'
import { checkCatalogue, checkDefaults } from './checks/catalogue.ts'
import type { Check, CheckContext, Finding } from './checks/check.ts'
import { controlFaults } from './checks/control-rules.ts'
import { checkLastWords, checkTimeOrder } from './checks/conversation.ts'
import { scriptArgumentFaults } from './checks/hook-scripts.ts'
import { type HttpToolData, httpFaults } from './checks/http-rules.ts'
import { checkInterruption } from './checks/interruption.ts'
import { checkLanguage } from './checks/language.ts'
import { checkLauncher } from './checks/launcher.ts'
import { mcpFaults } from './checks/mcp-rules.ts'
import { mergeKeyFindings } from './checks/merge-keys.ts'
import { parameterFaults } from './checks/parameters.ts'
import { checkCreateResponse, checkGreeting } from './checks/silent-agent.ts'
import { checkFormats, checkRates } from './checks/sound-formats.ts'
import { conversationTimeFaults, hookTimeFaults, sessionTimeFaults, toolTimeFaults } from './checks/times.ts'
import { checkToolNames, nameOfTool, toolNamePointers } from './checks/tool-names.ts'
import type { Composed } from './composition/origin.ts'
import { type Fault, isError, meantPointers, type Path, pointerOf } from './findings/fault.ts'
import { nearest } from './nearest.ts'
import { runnerSecretIn } from './runner-secrets.ts'
import type { CompileParameters, JsonSchema } from './tool.ts'

/** What a schema cannot say: rules across settings. Values whose shape is wrong are passed over: they have their fault already. */
export function checkMeaning(
  parsed: Composed,
  data: AgentFileData,
  { shape, compile }: { readonly shape: readonly Fault[]; readonly compile: CompileParameters },
): readonly Fault[] {
  const remarked = new Set(shape.map(({ pointer }) => pointer))
  const meant = new Set(shape.flatMap(meantPointers))
  const wrong = new Set([...shape.filter(isError).map(({ pointer }) => pointer), ...meant])
  const at = (path: Path, part: 'key' | 'value' = 'value') => ({
    place: parsed.placeOf(path, part),
    pointer: pointerOf(path),
  })
  const isValid = (path: Path) =>
    wrong.size === 0 || path.every((_, index) => !wrong.has(pointerOf(path.slice(0, index + 1))))
  if (wrong.has('')) return []
  const checks = [
    ...[
      checkPrompt,
      checkToolNames,
      checkTools,
      checkToolChoice,
      checkAddress,
      checkProviderData,
      checkScriptlessTools,
    ],
    ...[checkFormats, checkRates, checkCreateResponse, checkGreeting, checkCatalogue, checkLanguage, checkDefaults],
    ...[checkLaunchers, checkBackground, checkHooks],
    ...[checkTimes, checkTimeOrder, checkLastWords, checkInterruption],
  ]
  const context = { at, isValid, parsed, compile, meant }
  return checks
    .flatMap((check) => check(data, context))
    .filter((fault) => !wrong.has(fault.pointer) && (isError(fault) || !remarked.has(fault.pointer)))
}

/** Findings as faults, each at its place. */
function located(findings: readonly Finding[], at: CheckContext['at']): readonly Fault[] {
  return findings.map(({ path, part, ...finding }) => ({ ...finding, ...at(path, part) }))
}

const checkPrompt: Check = (data, { at, parsed, meant }) => {
  const inline = data.instructions !== undefined
  const named = data.instructions_file !== undefined
  if (inline !== named) return []
  const help = 'Keep exactly one of instructions and instructions_file.'
  if (inline)
    return [
      {
        rule: 'RV103',
        message: 'both instructions and instructions_file are given',
        help,
        ...at(['instructions_file'], 'key'),
      },
    ]
  if (meant.has('/instructions') || meant.has('/instructions_file')) return []
  const { file, start } = parsed.placeOf([], 'value')
  const place = { file, start, end: start }
  const message = 'there is neither instructions nor instructions_file'
  return [{ rule: 'RV103', message, help: 'Add instructions: with the prompt.', place, pointer: '/instructions' }]
}

const checkTools: Check = (data, { at, isValid, compile }) => {
  const tools = Array.isArray(data.tools) ? data.tools : []
  return tools.flatMap((tool, index) => {
    const path = ['tools', index] as const
    const { parameters, env, mcp, http } = Object(tool) as { readonly [key: string]: unknown }
    const isSchema = typeof parameters === 'object' && parameters !== null && isValid([...path, 'parameters'])
    const merged = mergeKeyFindings(parameters, [...path, 'parameters'])
    const found = [
      ...toolTimeFaults(tool, path),
      ...merged,
      ...mergeKeyFindings(Object(http).body, [...path, 'http', 'body']),
      ...(isSchema && merged.length === 0
        ? parameterFaults(parameters as JsonSchema, [...path, 'parameters'], compile)
        : []),
      ...(env === undefined
        ? secretVariableFaults(Object(mcp).env, [...path, 'mcp', 'env'], data)
        : secretVariableFaults(env, [...path, 'env'], data)),
    ]
    return located(found, at)
  })
}

const checkHooks: Check = (data, { at }) =>
  Object.entries(Object(data.hooks)).flatMap(([event, hook]) => {
    const path = ['hooks', event]
    const { env } = Object(hook) as { readonly env?: unknown }
    const found = [
      ...hookTimeFaults(hook, path),
      ...scriptArgumentFaults(event, hook),
      ...secretVariableFaults(env, [...path, 'env'], data),
    ]
    return located(found, at)
  })

/** Secrets of the runner among the variables that a script is to see. */
function secretVariableFaults(names: unknown, path: Path, data: AgentFileData): readonly Finding[] {
  const variables: readonly unknown[] = Array.isArray(names) ? names : []
  return variables.flatMap((variable, index): readonly Finding[] => {
    const secret = runnerSecretIn(variable, data)
    if (secret === undefined) return []
    const what = path[0] === 'hooks' ? 'A hook' : 'A tool'
    const help = `${what} never gets it; remove the name.`
    return [{ rule: 'RV404', message: `${variable} holds ${secret}`, help, path: [...path, index] }]
  })
}

const checkTimes: Check = (data, { at }) => located([...conversationTimeFaults(data), ...sessionTimeFaults(data)], at)

const checkLaunchers: Check = (data, { parsed }) => {
  const tools: readonly unknown[] = Array.isArray(data.tools) ? data.tools : []
  return tools.flatMap((tool, index) => checkLauncher(tool, index, parsed))
}

const checkScriptlessTools: Check = (data, { at, isValid }) => {
  const tools = Array.isArray(data.tools) ? data.tools : []
  return tools.flatMap((tool, index) => {
    const { http, mcp, control } = Object(tool)
    if (http === undefined && mcp === undefined && control === undefined) return []
    const path = ['tools', index] as const
    const isFine = ['http', 'mcp', 'parameters'].every((key) => isValid([...path, key]))
    if (!isFine || !isValid([...path, 'http', 'url']) || !isValid([...path, 'mcp', 'url'])) return []
    const found = [
      ...httpFaults(Object(tool) as HttpToolData, path),
      ...mcpFaults(mcp, path),
      ...controlFaults(tool, tools.slice(0, index), path),
    ]
    return located(found, at)
  })
}

const checkToolChoice: Check = (data, { at, parsed: { replaced } }) => {
  const choice = data.tool_choice
  if (typeof choice !== 'object' || choice === null || typeof choice.name !== 'string') return []
  const tools = Array.isArray(data.tools) ? data.tools : []
  if (tools.some((tool) => Object.hasOwn(Object(tool), 'mcp'))) return []
  const names = tools.map((tool) => nameOfTool(tool)).filter((name) => typeof name === 'string')
  if (names.includes(choice.name)) return []
  const near = nearest(choice.name, names)
  const meant = near[0] === undefined ? '' : `Did you mean ${near[0]}? `
  const isReplaced = replaced?.tools.some((tool) => nameOfTool(tool) === choice.name) === true
  const all = names.length === 0 ? 'Declare it under tools.' : `${meant}The tools are: ${names.join(', ')}.`
  const help = isReplaced ? `${replaced.file} has it, and the list of tools here takes the place of that one.` : all
  const message = `tool_choice names "${choice.name}", which is no tool of this file`
  const dependsOn = toolNamePointers(tools.length)
  return [{ rule: 'RV205', message, help, suggest: near, ...at(['tool_choice', 'name']), dependsOn }]
}

const checkProviderData: Check = (data, { at }) => {
  const merged = located(mergeKeyFindings(data.provider_data, ['provider_data']), at)
  if (!Object.hasOwn(Object(data.provider_data), 'auto_tool_response')) return merged
  const message = 'provider_data.auto_tool_response belongs to the runner, which asks for the answer itself'
  const path = ['provider_data', 'auto_tool_response']
  return [...merged, { rule: 'RV310', message, help: 'Remove it.', ...at(path, 'key') }]
}
