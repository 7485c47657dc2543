#!/usr/bin/env node
// convert_price: a worker tool (`mode: worker`). What is slow to load is loaded once, not with every call.
import { readFileSync } from 'node:fs'
import { serve, ToolError } from './lib/worker.mts'

const rates: Record<string, number> = JSON.parse(readFileSync(new URL('rates.json', import.meta.url), 'utf8'))

serve(({ amount, currency }) => {
  const rate = rates[currency]
  if (rate === undefined)
    throw new ToolError('invalid_arguments', `no rate for ${currency}; there are: ${Object.keys(rates)}`)
  return `${(amount * rate).toFixed(2)} ${currency}`
})
