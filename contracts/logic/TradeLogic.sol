// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {FixedMath, PPM, SIGNED_WAD, WAD} from "../libraries/FixedMath.sol";
import {Account, Health, Reservation} from "../types/Account.sol";
import {Cover} from "../types/Cover.sol";
import {Ledger, Module} from "../types/Ledger.sol";
import {MarketStatus} from "../types/Market.sol";
import {MarketContext} from "../types/MarketContext.sol";
import {Change, Held} from "../types/Position.sol";
import {Action, Price} from "../types/Price.sol";
import {Fill, Trade} from "../types/Trade.sol";
import {AccountLogic} from "./AccountLogic.sol";
import {CapLogic} from "./CapLogic.sol";
import {CashLogic} from "./CashLogic.sol";
import {ClassLogic} from "./ClassLogic.sol";
import {HealthLogic} from "./HealthLogic.sol";
import {HedgeLogic} from "./HedgeLogic.sol";
import {MarketLogic} from "./MarketLogic.sol";
import {Handover, OffMarkLogic} from "./OffMarkLogic.sol";
import {PositionLogic} from "./PositionLogic.sol";
import {ReachLogic} from "./ReachLogic.sol";
import {ReservationLogic} from "./ReservationLogic.sol";

/// @title Trades
/// @notice Mechanism sections 3 and 4: makers that fail margin are rejected, takers that fail margin revert.
library TradeLogic {
    using SafeCast for uint256;
    using CashLogic for Account;
    using HedgeLogic for Cover;
    using PositionLogic for Held;

    /// @notice A reducing trade would leave the account with a worse margin ratio. Quote, WAD.
    error MarginRatioWorsened(uint32 account, int256 equity, uint256 maintenanceMargin);
    /// @notice A reduce-only trade is larger than the position it reduces, or on its side.
    error NotReducing(uint32 account, uint8 market, int256 position, int256 trade);
    /// @notice An opened position would be smaller than the market allows. Quote, WAD.
    error PositionTooSmall(uint8 market, uint256 notional, uint256 minimum);
    /// @notice More fills than one call may settle.
    error TooManyFills(uint256 fills, uint256 maximum);
    /// @notice A house may deal only for an account of its own, only with accounts that named it operator, and liquidate nobody.
    error NotForHouse(address house, uint32 maker, address caller, bool liquidation);

    /// @dev One side of a trade as it would leave an account, before anything is written.
    struct Draft {
        uint32 account;
        int256 size;
        int256 quote;
        uint256 fee;
        Held held;
        int256 newSize;
        int256 newQuote;
        int256 realised;
        int256 handed;
        uint256 given;
        Cover cover;
        Health health;
    }

    uint256 internal constant MAXIMUM_FILLS = 256;

    /// @notice See IClearingHouse.settle.
    function settle(Ledger storage ledger, Trade calldata trade) external returns (uint256 rejected) {
        uint256 count = trade.fills.length;
        if (count > MAXIMUM_FILLS) revert TooManyFills(count, MAXIMUM_FILLS);
        Action action = trade.liquidation ? Action.LIQUIDATE : (trade.reduceOnly ? Action.REDUCE : Action.OPEN);
        if (ledger.modules[msg.sender] == Module.HOUSE) _requireOwnDeals(ledger, trade);
        if (!trade.liquidation) AccountLogic.requireMayTrade(ledger, trade.taker, trade.caller);
        MarketContext memory context = MarketLogic.open(ledger, trade.market, action);
        if (context.status == MarketStatus.UNLISTED) revert ReservationLogic.UnknownMarket(trade.market);
        Draft memory taker;
        taker.account = trade.taker;
        taker.held = PositionLogic.load(ledger, trade.taker, trade.market, context.fundingIndex);
        for (uint256 i; i < count; ++i) {
            Fill calldata fill = trade.fills[i];
            if (_fillMaker(ledger, context, trade, fill, taker)) {
                int256 cost = int256(FixedMath.wadUp(fill.size, fill.price));
                taker.size += int256(uint256(fill.size));
                taker.quote -= cost;
            } else {
                rejected |= 1 << i;
            }
        }
        if (taker.size != 0) _fillTaker(ledger, context, trade, taker, action);
        MarketLogic.close(ledger, context);
    }

    /// @notice See IClearingHouse.reserve. Here because it measures an account as a trade does: the ledger would carry that code twice.
    function reserve(
        Ledger storage ledger,
        uint32 account,
        uint8 market,
        uint256 bids,
        uint256 asks,
        address caller
    ) external returns (uint32 epoch) {
        return ReservationLogic.reserve(ledger, account, market, bids, asks, caller);
    }

    /// @notice See IClearingHouse.poke.
    function poke(Ledger storage ledger, uint32 account, uint8 market) external {
        MarketContext memory context = MarketLogic.open(ledger, market, Action.CANCEL);
        if (context.status == MarketStatus.UNLISTED) revert ReservationLogic.UnknownMarket(market);
        ClassLogic.refreshForReward(ledger, context, account);
        MarketLogic.close(ledger, context);
    }

    /// @dev A house names itself as the caller, so that the taker must have made it an operator: no error of a house reaches an
    /// account that never dealt with it, nor anybody's resting orders.
    function _requireOwnDeals(Ledger storage ledger, Trade calldata trade) private view {
        for (uint256 i; i < trade.fills.length; ++i) {
            uint32 maker = trade.fills[i].maker;
            if (ledger.accounts[maker].owner != msg.sender || trade.caller != msg.sender || trade.liquidation) {
                revert NotForHouse(msg.sender, maker, trade.caller, trade.liquidation);
            }
        }
    }

    /// @dev Accepts or rejects one resting order; on acceptance the maker's position, cash and reservation are written.
    function _fillMaker(
        Ledger storage ledger,
        MarketContext memory context,
        Trade calldata trade,
        Fill calldata fill,
        Draft memory taker
    ) private returns (bool) {
        Reservation memory reservation = ledger.holdings[fill.maker][trade.market].reservation;
        if (reservation.epoch != fill.epoch) return false;
        if (fill.maker == trade.taker || !_draftMaker(ledger, context, trade, fill, reservation, taker)) {
            _release(ledger, trade, fill.maker, reservation, fill.resting);
            return false;
        }
        return true;
    }

    function _draftMaker(
        Ledger storage ledger,
        MarketContext memory context,
        Trade calldata trade,
        Fill calldata fill,
        Reservation memory reservation,
        Draft memory taker
    ) private returns (bool) {
        Draft memory draft;
        draft.account = fill.maker;
        // The maker sells to a buying taker; what it receives rounds down, what it pays rounds up.
        uint256 worth = uint256(fill.size) * fill.price;
        draft.size = trade.buy ? -int256(uint256(fill.size)) : int256(uint256(fill.size));
        draft.quote = trade.buy ? int256(worth / WAD) : -int256(FixedMath.divUp(worth, WAD));
        draft.fee = FixedMath.divUp(worth * context.makerFee, WAD * PPM);
        draft.held = PositionLogic.load(ledger, fill.maker, trade.market, context.fundingIndex);
        bool reducing = _isReducing(draft.held.size, draft.size);
        if (fill.reduceOnly && !reducing) return false;
        // A house, which alone names itself, deals without an order and so without a reservation.
        bool dealt = fill.resting == 0 && trade.caller == msg.sender;
        Reservation memory left = dealt ? reservation : _without(reservation, trade.buy, fill.size);
        // REDUCE is answered whatever a price is worth: no other market the maker is in may stop this taker.
        _measure(ledger, context, draft, left, Action.REDUCE);
        if (!_makerMayTrade(context, draft, reducing)) return false;
        ledger.holdings[fill.maker][trade.market].reservation = left;
        if (!trade.liquidation) _handOver(ledger, context, draft, taker);
        _write(ledger, context, draft);
        return true;
    }

    function _fillTaker(
        Ledger storage ledger,
        MarketContext memory context,
        Trade calldata trade,
        Draft memory draft,
        Action action
    ) private {
        // Collected as a buyer's cost, rounded up per fill; a seller receives the same less one wei a fill at most.
        uint256 worth = uint256(-draft.quote);
        if (!trade.buy) {
            draft.size = -draft.size;
            uint256 dust = trade.fills.length;
            draft.quote = worth > dust ? int256(worth - dust) : int256(0);
        }
        bool reducing = _isReducing(draft.held.size, draft.size);
        if (trade.reduceOnly && !reducing) {
            revert NotReducing(draft.account, trade.market, draft.held.size, draft.size);
        }
        uint256 rate = trade.liquidation ? context.liquidationFee : context.takerFee;
        draft.fee = FixedMath.divUp(worth * rate, PPM);
        Reservation memory reservation = ledger.holdings[draft.account][trade.market].reservation;
        _measure(ledger, context, draft, reservation, action);
        if (trade.liquidation) {
            _capLiquidationFee(context, draft);
        } else if (reducing) {
            if (!_ratioHolds(context, draft)) {
                revert MarginRatioWorsened(draft.account, draft.health.equity, draft.health.maintenanceMargin);
            }
        } else {
            _requireOpening(ledger, context, draft);
        }
        _write(ledger, context, draft);
    }

    /// @dev A liquidated account pays the fee out of the equity that the closed part frees: never into bad debt, and never so
    /// that its margin ratio falls (property P10).
    function _capLiquidationFee(MarketContext memory context, Draft memory draft) private pure {
        Health memory health = draft.health;
        int256 equity = health.equity + int256(draft.fee);
        (int256 before, uint256 marginBefore) = _before(context, draft);
        uint256 kept =
            before <= 0 || marginBefore == 0
                ? 0
                : FixedMath.divUp(uint256(before) * health.maintenanceMargin, marginBefore);
        int256 bearable = equity - int256(kept);
        draft.fee = bearable <= 0 ? 0 : FixedMath.min(draft.fee, uint256(bearable));
        health.equity = equity - int256(draft.fee);
    }

    /// @dev Health as the trade and its fee would leave the account.
    function _measure(
        Ledger storage ledger,
        MarketContext memory context,
        Draft memory draft,
        Reservation memory reservation,
        Action action
    ) private {
        (draft.newSize, draft.newQuote, draft.realised) = PositionLogic.traded(draft.held, draft.size, draft.quote);
        Health memory health = HealthLogic.measureOthers(ledger, draft.account, context.market, action);
        Held memory afterwards = Held(draft.newSize, draft.newQuote, draft.held.pending + draft.realised, 0, 0, 0);
        draft.cover = HealthLogic.coverFor(ledger, draft.account, context, action);
        HealthLogic.addPosition(health, context, afterwards, reservation, draft.cover);
        health.cash -= int256(draft.fee);
        health.equity += health.cash;
        draft.health = health;
    }

    function _makerMayTrade(
        MarketContext memory context,
        Draft memory draft,
        bool reducing
    ) private pure returns (bool) {
        if (reducing) return _ratioHolds(context, draft);
        if (context.status != MarketStatus.ACTIVE) return false;
        return draft.health.equity >= 0 && uint256(draft.health.equity) >= draft.health.initialMargin;
    }

    /// @dev A reducing trade must leave the account at or above maintenance, or with a ratio of equity to maintenance no
    /// worse than before.
    function _ratioHolds(MarketContext memory context, Draft memory draft) private pure returns (bool) {
        Health memory health = draft.health;
        if (health.equity >= int256(health.maintenanceMargin)) return true;
        if (health.equity < 0 && health.maintenanceMargin == 0) return false;
        (int256 before, uint256 marginBefore) = _before(context, draft);
        return health.equity * int256(marginBefore) >= before * int256(health.maintenanceMargin);
    }

    /// @dev Equity and maintenance margin before a trade, which follow from those after it: a trade changes equity by what it was
    /// off the mark, by its fee, and by the haircut on spot that it uncovers or covers.
    function _before(
        MarketContext memory context,
        Draft memory draft
    ) private pure returns (int256 equity, uint256 margin) {
        Price memory price = context.price;
        Cover memory cover = draft.cover;
        int256 offMark = FixedMath.divDown(draft.size * int256(price.mark), SIGNED_WAD) + draft.quote;
        equity = draft.health.equity + int256(draft.fee) - offMark;
        equity += int256(cover.relief(draft.held.size, price.index));
        equity -= int256(cover.relief(draft.newSize, price.index));
        margin = draft.health.maintenanceMargin + cover.maintenance(context, draft.held.size, price.mark);
        margin -= cover.maintenance(context, draft.newSize, price.mark);
    }

    function _requireOpening(Ledger storage ledger, MarketContext memory context, Draft memory draft) private {
        if (context.status != MarketStatus.ACTIVE) revert ReservationLogic.MarketReduceOnly(context.market);
        if (draft.health.equity < int256(draft.health.initialMargin)) {
            revert ReservationLogic.InsufficientMargin(draft.account, draft.health.equity, draft.health.initialMargin);
        }
        uint256 notional = FixedMath.wadDown(FixedMath.abs(draft.newSize), context.price.mark);
        uint256 minimum = uint256(context.minimumNotional) * WAD;
        if (notional < minimum) revert PositionTooSmall(context.market, notional, minimum);
        int256 growth = context.longDelta + _longPart(draft.newSize) - _longPart(draft.held.size);
        if (growth > 0) CapLogic.requireRoom(ledger, context.market, uint256(growth));
    }

    /// @dev What a trade off the mark gives away of profit that a charge may reach stays within reach, at whoever won it. The fees of
    /// a trade are the most it may be off for nothing: so far, losing profit on purpose costs more than it hides.
    function _handOver(
        Ledger storage ledger,
        MarketContext memory context,
        Draft memory maker,
        Draft memory taker
    ) private {
        int256 won = FixedMath.divDown(maker.size * int256(context.price.mark), SIGNED_WAD) + maker.quote;
        uint256 off = FixedMath.abs(won);
        if (off * PPM <= FixedMath.abs(maker.quote) * (context.makerFee + context.takerFee)) return;
        (Draft memory loser, Draft memory winner) = won > 0 ? (taker, maker) : (maker, taker);
        if (loser.held.profit(context.price.mark) <= 0 && !ReachLogic.any(ledger.accounts[loser.account])) return;
        uint256 before = won > 0 ? uint256(taker.size) : 0;
        int256 size = won > 0 ? -maker.size : maker.size;
        (uint256 closed, uint256 open) = OffMarkLogic.handOver(
            ledger,
            context,
            Handover(loser.account, winner.account, off, loser.held, size, before, loser.given)
        );
        loser.handed -= int256(closed);
        loser.given += open;
        winner.handed += int256(closed + open);
    }

    function _write(Ledger storage ledger, MarketContext memory context, Draft memory draft) private {
        if (draft.handed != 0) {
            int256 quote = draft.quote - draft.handed;
            (draft.newSize, draft.newQuote, draft.realised) = PositionLogic.traded(draft.held, draft.size, quote);
        }
        ledger.feesAccrued += draft.fee.toUint128();
        uint8 class = HealthLogic.classOf(ledger, context, draft.cover, draft.newSize, draft.newQuote, draft.health);
        PositionLogic.store(
            ledger,
            context,
            draft.account,
            Change(draft.held, draft.newSize, draft.newQuote, draft.realised, draft.handed, draft.fee, true, class)
        );
    }

    function _release(
        Ledger storage ledger,
        Trade calldata trade,
        uint32 maker,
        Reservation memory reservation,
        uint96 resting
    ) private {
        ledger.holdings[maker][trade.market].reservation = _without(reservation, trade.buy, resting);
    }

    /// @dev A copy of a maker's reservation less what an order loses; a buying taker meets asks.
    function _without(
        Reservation memory reservation,
        bool asks,
        uint96 size
    ) private pure returns (Reservation memory) {
        return
            Reservation(
                asks ? reservation.bids : reservation.bids - size,
                asks ? reservation.asks - size : reservation.asks,
                reservation.epoch,
                reservation.cooldownUntil
            );
    }

    function _longPart(int256 size) private pure returns (int256) {
        return size > 0 ? size : int256(0);
    }

    function _isReducing(int256 position, int256 trade) private pure returns (bool) {
        if (position == 0 || (position > 0) == (trade > 0)) return false;
        return FixedMath.abs(trade) <= FixedMath.abs(position);
    }
}
