// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {BreakEvenBucket} from "../libraries/BreakEvenBucket.sol";
import {FixedMath} from "../libraries/FixedMath.sol";
import {TrancheIndex, TrancheSet} from "../libraries/TrancheIndex.sol";
import {Account, Health} from "../types/Account.sol";
import {Cover} from "../types/Cover.sol";
import {Ledger} from "../types/Ledger.sol";
import {MarketContext} from "../types/MarketContext.sol";
import {Held, Position} from "../types/Position.sol";
import {Action} from "../types/Price.sol";
import {CashLogic} from "./CashLogic.sol";
import {ClosedProfitLogic} from "./ClosedProfitLogic.sol";
import {HealthLogic} from "./HealthLogic.sol";
import {HedgeLogic} from "./HedgeLogic.sol";
import {MarketLogic} from "./MarketLogic.sol";
import {PositionLogic} from "./PositionLogic.sol";
import {ReachLogic} from "./ReachLogic.sol";

/// @title What the ledger tells others
library ViewLogic {
    using TrancheIndex for TrancheSet;
    using CashLogic for Account;
    using HedgeLogic for Cover;

    /// @notice See IClearingHouse.healthFor.
    function healthFor(Ledger storage ledger, uint32 account, Action action) external returns (Health memory) {
        return HealthLogic.measure(ledger, account, action);
    }

    /// @notice See IClearingHouse.examine.
    function examine(
        Ledger storage ledger,
        uint32 account,
        uint8 market,
        Action action
    ) external returns (IClearingHouse.Examination memory result) {
        Account storage data = ledger.accounts[account];
        result.owner = data.owner;
        result.heldMarkets = uint16(PositionLogic.heldMarkets(ledger, account, data.openMarkets));
        result.spotAssets = data.spotAssets;
        result.reservation = ledger.holdings[account][market].reservation;
        Health memory measured = HealthLogic.measureOthers(ledger, account, market, action);
        if (ledger.holdings[account][market].position.shares != 0) {
            MarketContext memory context = MarketLogic.open(ledger, market, action);
            Held memory held = PositionLogic.load(ledger, account, market, context.fundingIndex);
            Cover memory cover = HealthLogic.coverFor(ledger, account, context, action);
            HealthLogic.addPosition(measured, context, held, result.reservation, cover);
            result.covered = cover.covered(held.size);
            result.size = held.size;
            result.quote = held.quote;
            result.price = context.price;
        }
        measured.equity += measured.cash;
        result.health = measured;
    }

    /// @notice See IClearingHouse.health.
    function health(Ledger storage ledger, uint32 account) external view returns (Health memory) {
        return HealthLogic.look(ledger, account);
    }

    /// @notice See IClearingHouse.positionOf.
    function positionOf(
        Ledger storage ledger,
        uint32 account,
        uint8 market
    ) external view returns (IClearingHouse.PositionView memory result) {
        Position memory position = ledger.holdings[account][market].position;
        result.freed = ledger.holdings[account][market].freed;
        if (position.shares == 0) return result;
        MarketContext memory context = MarketLogic.look(ledger, market);
        Held memory held = PositionLogic.load(ledger, account, market, context.fundingIndex);
        result.size = held.size;
        result.quote = held.quote;
        result.breakEven = PositionLogic.breakEven(held.size, held.quote);
        result.pending = held.pending;
        result.key = position.key;
        result.generation = position.generation;
        result.covered = HedgeLogic.coverOf(ledger, account, context).covered(held.size);
        if (!BreakEvenBucket.isHedged(position.key) || context.spotAsset == 0) return result;
        uint256 spare = HedgeLogic.spare(ledger, account, context.spotAsset - 1, held.size);
        result.freed = FixedMath.min(result.freed + held.torn, spare);
    }

    /// @notice See LedgerViews.trancheKeys.
    function trancheKeys(
        Ledger storage ledger,
        uint8 market,
        bool short,
        uint256 from,
        uint256 limit
    ) external view returns (uint16[] memory keys) {
        keys = new uint16[](limit);
        TrancheSet storage set = ledger.trancheSets[market][short];
        uint256 count;
        for (uint256 rank = set.next(from); rank != TrancheIndex.END && count < limit; rank = set.next(rank + 1)) {
            keys[count++] = uint16((short ? 1 << 15 : 0) | rank);
        }
        assembly ("memory-safe") {
            mstore(keys, count)
        }
    }

    /// @notice See LedgerViews.maturing.
    function maturing(Ledger storage ledger, uint32 account) external view returns (uint256) {
        Account storage data = ledger.accounts[account];
        return Math.saturatingSub(data.maturingWad(), uint256(ReachLogic.owedBy(ledger, account)));
    }

    /// @notice See IClearingHouse.accountData.
    function accountData(Ledger storage ledger, uint32 account) external view returns (Account memory data) {
        data = ledger.accounts[account];
        data.cash -= int112(ReachLogic.owedBy(ledger, account));
    }

    /// @notice See LedgerViews.closedProfit.
    function closedProfit(
        Ledger storage ledger,
        uint32 account,
        uint8 market,
        bool short
    ) external view returns (uint256 owed, uint256 reachable) {
        return ClosedProfitLogic.standingIn(ledger, account, market, short);
    }

    /// @notice See LedgerViews.closedPools.
    function closedPools(
        Ledger storage ledger,
        uint8 market,
        bool short
    ) external view returns (uint256[2] memory keys, uint256[2] memory amounts) {
        return ClosedProfitLogic.pools(ledger, market, short, ledger.maturity);
    }
}
