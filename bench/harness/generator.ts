import { fork } from 'node:child_process'
import type { Answer, Order, Plan, Sample } from '../load/plan.ts'

/** The load generator as the harness sees it: one process, one plan at a time. */
export type Generator = Readonly<{
  open: (plan: Plan) => Promise<void>
  run: (durationMs: number) => Promise<Sample>
  close: () => Promise<void>
  /** Ends its process. */
  stop: () => void
}>

/** Starts a load generator in a process of its own. */
export function startGenerator(): Generator {
  const child = fork(new URL('../load/generator.ts', import.meta.url), { stdio: 'inherit' })
  let waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined
  child.on('message', answer => waiting?.resolve(answer as Answer))
  child.once('exit', code => waiting?.reject(new Error(`The load generator ended with code ${code}.`)))

  const obey = async (order: Order): Promise<Answer> => {
    const answer = await new Promise<Answer>((resolve, reject) => {
      waiting = { resolve, reject }
      child.send(order)
    })
    if (answer.failure !== undefined) throw new Error(answer.failure)
    return answer
  }
  return {
    open: async plan => void (await obey({ order: 'open', plan })),
    run: async durationMs => {
      const { sample } = await obey({ order: 'run', durationMs })
      if (sample === undefined) throw new Error('The load generator gave no sample.')
      return sample
    },
    close: async () => void (await obey({ order: 'close' })),
    stop: () => void child.kill(),
  }
}
