import type { ContractRunner } from "ethers";

import {
  AccessManager__factory,
  BackstopVault__factory,
  ClearingHouse__factory,
  ExchangeLens__factory,
  IndexOracle__factory,
  InsuranceFund__factory,
  LiquidationEngine__factory,
  MarketGuard__factory,
  MarkPrice__factory,
  OrderBook__factory,
  QueueDeleverager__factory,
  TestAggregator__factory,
  TestToken__factory,
  TriggerOrders__factory,
} from "../../typechain-types/index.js";
import type { Exchange } from "./exchange.js";

/** The contracts of an exchange with generated types, spoken to as `runner`. */
export function connect(exchange: Exchange, runner: ContractRunner) {
  const { contracts } = exchange;
  return {
    authority: AccessManager__factory.connect(contracts.authority.address, runner),
    quoteToken: TestToken__factory.connect(contracts.quoteToken.address, runner),
    spotToken: TestToken__factory.connect(contracts.spotToken.address, runner),
    clearingHouse: ClearingHouse__factory.connect(contracts.clearingHouse.address, runner),
    orderBook: OrderBook__factory.connect(contracts.orderBook.address, runner),
    indexOracle: IndexOracle__factory.connect(contracts.indexOracle.address, runner),
    markPrice: MarkPrice__factory.connect(contracts.markPrice.address, runner),
    marketGuard: MarketGuard__factory.connect(contracts.marketGuard.address, runner),
    feed: TestAggregator__factory.connect(contracts.feed.address, runner),
    liquidationEngine: LiquidationEngine__factory.connect(contracts.liquidationEngine.address, runner),
    insuranceFund: InsuranceFund__factory.connect(contracts.insuranceFund.address, runner),
    backstopVault: BackstopVault__factory.connect(contracts.backstopVault.address, runner),
    queueDeleverager: QueueDeleverager__factory.connect(contracts.queueDeleverager.address, runner),
    triggerOrders: TriggerOrders__factory.connect(contracts.triggerOrders.address, runner),
    lens: ExchangeLens__factory.connect(contracts.lens.address, runner),
  };
}

/** What `connect` returns. */
export type Handles = ReturnType<typeof connect>;
