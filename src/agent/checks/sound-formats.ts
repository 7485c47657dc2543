import type { AgentFileData } from '../build.ts'
import type { Fault } from '../findings/fault.ts'
import type { Check } from './check.ts'

const SIDES = ['input', 'output'] as const

/** G.711 is a coding of telephones and has one rate. */
export const checkFormats: Check = (data, { at }) =>
  SIDES.flatMap((side): Fault[] => {
    const format = data.audio?.[side]
    if (format?.rate === undefined || format.rate === 8000 || (format.format !== 'pcmu' && format.format !== 'pcma'))
      return []
    const message = `audio.${side}.rate is ${format.rate}; ${format.format} is always 8000`
    return [{ rule: 'RV301', message, help: 'Remove the rate, or choose pcm.', ...at(['audio', side, 'rate']) }]
  })

/** Two rates in one conversation mean resampling, most often by mistake. */
export const checkRates: Check = (data, { at, isValid }) => {
  if (data.audio === undefined) return []
  const isFine = SIDES.every((side) => ['format', 'rate'].every((key) => isValid(['audio', side, key])))
  if (!isFine) return []
  const [input, output] = [rateOf(data, 'input'), rateOf(data, 'output')]
  if (input === null || output === null || input === output) return []
  const path = data.audio.output === undefined ? ['audio', 'input'] : ['audio', 'output']
  const message = `the caller is heard at ${input} Hz and the agent speaks at ${output} Hz`
  return [{ rule: 'RV305', message, help: 'Give both sides one rate, unless the line needs two.', ...at(path, 'key') }]
}

function rateOf({ audio }: AgentFileData, side: 'input' | 'output'): number | null {
  const { format = 'pcm', rate } = audio?.[side] ?? {}
  if (format !== 'pcm') return rate === undefined || rate === 8_000 ? 8_000 : null
  return rate === undefined ? 24_000 : typeof rate === 'number' ? rate : null
}
