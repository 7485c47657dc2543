#!/usr/bin/env node
// lookup_order: says where one order is.
//
// A tool is any program. It gets its arguments as one JSON object on standard input,
// and what it prints is what the agent reads. Try it:
//
//   echo '{"order_number":"A-1042"}' | tools/lookup_order.mjs

import { readFileSync } from 'node:fs'
import { json } from 'node:stream/consumers'

// The runner has checked the arguments against `parameters` in the agent file already.
const { order_number } = await json(process.stdin)

// SHOP_DB is here because the agent file lists it under `env`; a tool sees no other variables of yours.
const file = process.env.SHOP_DB || new URL('orders.json', import.meta.url)

let orders
try {
  orders = JSON.parse(readFileSync(file, 'utf8'))
} catch (error) {
  // Standard error is the log, and its last line is what the agent is told.
  // Exit code 69 says: not available just now.
  console.error(`the order book cannot be read: ${error.message}`)
  process.exit(69)
}

const order = Object.hasOwn(orders, order_number) ? orders[order_number] : null

// "There is no such order" is an answer, not a failure: the agent can tell the caller.
console.log(JSON.stringify(order ? { order_number, ...order } : { order_number, found: false }))
