// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Account, Health, Reservation} from "../types/Account.sol";
import {Ledger} from "../types/Ledger.sol";
import {MarketStatus} from "../types/Market.sol";
import {MarketContext} from "../types/MarketContext.sol";
import {Held} from "../types/Position.sol";
import {Action, Validity} from "../types/Price.sol";
import {AccountLogic} from "./AccountLogic.sol";
import {HealthLogic} from "./HealthLogic.sol";
import {HedgeLogic} from "./HedgeLogic.sol";
import {MarketLogic} from "./MarketLogic.sol";
import {PositionLogic} from "./PositionLogic.sol";

/// @title Margin reserved by resting orders
/// @notice Mechanism section 3: the requirement is on max(|position + bids|, |position - asks|).
library ReservationLogic {
    using SafeCast for uint256;

    /// @notice The account would end below what the action asks of it. Quote, WAD.
    error InsufficientMargin(uint32 account, int256 equity, uint256 required);
    /// @notice The market takes no opening trades.
    error MarketReduceOnly(uint8 market);
    /// @notice The market does not exist.
    error UnknownMarket(uint8 market);
    /// @notice Reserved sizes must fit 96 bits.
    error ReservationOverflow(uint32 account, uint8 market);

    /// @notice See IClearingHouse.reserve.
    function reserve(
        Ledger storage ledger,
        uint32 account,
        uint8 market,
        uint256 bids,
        uint256 asks,
        address caller
    ) internal returns (uint32 epoch) {
        AccountLogic.requireMayTrade(ledger, account, caller);
        Reservation memory before = ledger.holdings[account][market].reservation;
        epoch = before.epoch;
        bids += before.bids;
        asks += before.asks;
        if ((bids | asks) >> 96 != 0) revert ReservationOverflow(account, market);
        Reservation memory wanted = Reservation(uint96(bids), uint96(asks), epoch, before.cooldownUntil);
        _requireMargin(ledger, account, market, before, wanted);
        ledger.holdings[account][market].reservation = wanted;
        Account storage data = ledger.accounts[account];
        if (data.openMarkets & (1 << market) == 0) data.openMarkets |= uint16(1 << market);
    }

    /// @notice See IClearingHouse.release.
    function release(
        Ledger storage ledger,
        uint32 account,
        uint8 market,
        uint256 bids,
        uint256 asks,
        uint32 epoch
    ) internal {
        Reservation storage reservation = ledger.holdings[account][market].reservation;
        if (reservation.epoch != epoch) return;
        if (bids != 0) reservation.bids -= bids.toUint96();
        if (asks != 0) reservation.asks -= asks.toUint96();
    }

    /// @dev Orders that can only reduce the position ask for nothing, and rest whatever the price is worth.
    function _requireMargin(
        Ledger storage ledger,
        uint32 account,
        uint8 market,
        Reservation memory before,
        Reservation memory wanted
    ) private {
        MarketContext memory context;
        bool positionless = ledger.holdings[account][market].position.shares == 0;
        context = MarketLogic.open(ledger, market, positionless ? Action.OPEN : Action.REDUCE);
        if (context.status == MarketStatus.UNLISTED) revert UnknownMarket(market);
        Held memory held;
        if (!positionless) {
            held = PositionLogic.load(ledger, account, market, context.fundingIndex);
            if (_onlyReduces(held.size, before, wanted)) return;
            // A valid price is good for every action; of any other the ladder has to be asked again.
            if (context.price.validity != Validity.VALID) ledger.markPrice.priceFor(market, Action.OPEN);
        }
        if (context.status != MarketStatus.ACTIVE) revert MarketReduceOnly(market);
        Health memory health = HealthLogic.measureOthers(ledger, account, market, Action.OPEN);
        HealthLogic.addPosition(health, context, held, wanted, HedgeLogic.coverOf(ledger, account, context));
        health.equity += health.cash;
        if (health.equity < int256(health.initialMargin)) {
            revert InsufficientMargin(account, health.equity, health.initialMargin);
        }
    }

    /// @dev Whether all that is added stays within what closes the position. Then it cannot raise max(|position + bids|,
    /// |position - asks|), whatever rests on the other side.
    function _onlyReduces(
        int256 size,
        Reservation memory before,
        Reservation memory wanted
    ) private pure returns (bool) {
        if (size > 0) return wanted.bids == before.bids && wanted.asks <= uint256(size);
        if (size < 0) return wanted.asks == before.asks && wanted.bids <= uint256(-size);
        return false;
    }
}
