import { abs, down, min, timesDown, timesUp, UNLIMITED, up, WAD } from "./arithmetic.js";
import { measure } from "./health.js";
import { payDeficit } from "./insurance.js";
import { equityShare, maintenanceOf, queueScore } from "./liquidation-arithmetic.js";
import { lookAtMarket, maintenanceRateOf } from "./markets.js";
import { priceFor } from "./mark.js";
import { breakEven, type Held, positionOf, profitAt } from "./positions.js";
import { Refusal, refuseIf } from "./refusal.js";
import { of, type State } from "./state.js";
import { transferPosition } from "./transfers.js";
import { QUEUE_WINDOW } from "./waterfall.js";

/** A bankrupt position and what is still missing for it. */
interface Bankrupt {
  readonly account: number;
  readonly market: number;
  readonly long: boolean;
  readonly mark: bigint;
  size: bigint;
  deficit: bigint;
}

/** What is closed against one counterparty, and how far off the mark it can bear. */
interface Counterparty {
  readonly account: number;
  readonly size: bigint;
  readonly score: bigint;
  readonly bearable: bigint;
}

/**
 * The baseline of section 8: a keeper lists counterparties, each is checked to be opposite, in profit, and to score no higher
 * than the one before, and they are closed one by one at the bankruptcy price. Insurance pays first. Returns the size closed.
 */
export function deleverageByQueue(state: State, account: number, market: number, listed: readonly number[]): bigint {
  const bankrupt = bankruptIn(state, account, market);
  const queue = checked(state, bankrupt, listed);
  const closable = queue.reduce((sum, { size }) => sum + size, 0n);
  refuseIf(closable === 0n, "NothingToDeleverage", account, market);
  bankrupt.deficit = up(bankrupt.deficit * closable, bankrupt.size); // Up: no deficit is left over.
  bankrupt.size = closable;
  if (bankrupt.deficit !== 0n) bankrupt.deficit -= payDeficit(state, market, account, bankrupt.deficit);
  for (const counterparty of queue) close(state, bankrupt, counterparty);
  return closable;
}

function bankruptIn(state: State, account: number, market: number): Bankrupt {
  const rules = state.rules.get(market);
  refuseIf(rules.deleveraging !== "QUEUE", "NotQueueMarket", market);
  const queuedAt = state.queuedAt.get(of(account, market));
  refuseIf(queuedAt + QUEUE_WINDOW < state.now, "NotQueued", account, market, queuedAt);
  const { equity, maintenanceMargin } = measure(state, account, "DELEVERAGE");
  refuseIf(equity > 0n, "NotBankrupt", account, equity);
  const { size } = heldNow(state, account, market);
  refuseIf(size === 0n, "NothingToDeleverage", account, market);
  const { mark } = priceFor(state, market, "DELEVERAGE");
  const margin = maintenanceOf(abs(size), mark, maintenanceRateOf(rules));
  const deficit = -equityShare(equity, margin, maintenanceMargin);
  return { account, market, long: size > 0n, mark, size: abs(size), deficit };
}

/** Looks at the list until it covers the position; nothing has been closed yet, so every score is at the same state. */
function checked(state: State, bankrupt: Bankrupt, listed: readonly number[]): Counterparty[] {
  const queue: Counterparty[] = [];
  let open = bankrupt.size;
  let previous = { account: 0, score: UNLIMITED };
  for (const [place, account] of listed.entries()) {
    if (open === 0n) break;
    const next = counterparty(state, bankrupt, place, account);
    // Equal scores go by account number, so nobody can be listed twice.
    const ordered = next.score < previous.score || (next.score === previous.score && account > previous.account);
    refuseIf(!ordered, "CounterpartyOutOfOrder", place, account, next.score, previous.score);
    const size = min(next.size, open);
    open -= size;
    queue.push({ ...next, size });
    previous = next;
  }
  return queue;
}

function counterparty(state: State, { market, long, mark }: Bankrupt, place: number, account: number): Counterparty {
  const held = heldNow(state, account, market);
  const opposite = held.size !== 0n && held.size > 0n !== long;
  if (!opposite) throw new Refusal("CounterpartyNotOpposite", place, account, held.size);
  const profit = profitAt(held, mark);
  refuseIf(profit <= 0n, "CounterpartyNotInProfit", place, account, profit);
  const { equity } = measure(state, account, "LIQUIDATE");
  const size = abs(held.size);
  const score = queueScore(held.size > 0n, mark, breakEven(held.size, held.quote), timesUp(size, mark), equity);
  const most = equity <= 0n ? 0n : min(profit, equity);
  return { account, size, score, bearable: down(most * WAD, size) };
}

/** At the bankruptcy price of what is left, so that what one counterparty cannot bear falls to the next. */
function close(state: State, bankrupt: Bankrupt, { account, size, bearable }: Counterparty): void {
  const { long, mark } = bankrupt;
  const missing = min(up(bankrupt.deficit * WAD, bankrupt.size), bearable);
  const offset = long ? missing : min(missing, mark - 1n);
  bankrupt.size -= size;
  bankrupt.deficit -= min(bankrupt.deficit, timesDown(size, offset));
  const price = long ? mark + offset : mark - offset;
  transferPosition(state, bankrupt.account, account, bankrupt.market, long ? size : -size, price, 0n, false);
}

function heldNow(state: State, account: number, market: number): Held {
  return positionOf(state, account, market, lookAtMarket(state, market).fundingIndex);
}
