// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {IOrderBook} from "../interfaces/IOrderBook.sol";
import {BookState, CancelReason, Level, MarketBook, PackedOrder, Side} from "../types/Order.sol";
import {Fill, Trade} from "../types/Trade.sol";
import {OrderId} from "./OrderId.sol";
import {OrderQueue} from "./OrderQueue.sol";

/// @notice A taker on its way through the book.
/// @param market market id
/// @param account who takes
/// @param caller who asked, as the ledger will check
/// @param buy true if it takes asks
/// @param reduceOnly the ledger lets it only shrink its position
/// @param liquidation the engine acts for the account
/// @param limit worst tick it accepts
/// @param remaining base, WAD: still wanted
/// @param makersLeft resting orders it may still meet
/// @param product sum of price * size over its fills, WAD squared
struct Taker {
    uint8 market;
    uint32 account;
    address caller;
    bool buy;
    bool reduceOnly;
    bool liquidation;
    uint256 limit;
    uint96 remaining;
    uint256 makersLeft;
    uint256 product;
}

/// @title Price-time matching
/// @notice Lists the resting orders a taker would meet, has the ledger settle them in one call, and writes back what came of
/// each. What the ledger rejects leaves the book and the taker goes on with the rest, so no maker can stop it.
library Matching {
    using OrderId for uint64;

    uint256 private constant WAD = 1e18;

    /// @dev Base, WAD: what writing a position and reading it again may round it by.
    int256 private constant TOUCH_DUST = 2;

    /// @notice Takes from the opposite side until nothing is wanted, nothing crosses, or the bound on makers is reached.
    /// @param state the market's slot in memory; in storage it is up to date afterwards
    /// @return filled base, WAD
    /// @return quote quote, WAD: sum of price * size, rounded down
    function take(
        MarketBook storage book,
        IClearingHouse ledger,
        BookState memory state,
        Taker memory taker
    ) internal returns (uint96 filled, uint256 quote) {
        if (!crosses(taker.buy, taker.limit, OrderQueue.best(state, !taker.buy))) return (0, 0);
        Trade memory trade;
        trade.market = taker.market;
        trade.taker = taker.account;
        trade.caller = taker.caller;
        trade.buy = taker.buy;
        trade.reduceOnly = taker.reduceOnly;
        trade.liquidation = taker.liquidation;

        uint256 rejected = type(uint256).max;
        while (rejected != 0 && taker.remaining != 0 && taker.makersLeft != 0) {
            uint64[] memory ids;
            (ids, trade.fills) = candidates(book, state, taker);
            if (ids.length == 0) break;
            taker.makersLeft -= ids.length;
            rejected = ledger.settle(trade);
            filled += taker.remaining;
            writeBack(book, ledger, state, taker, ids, trade.fills, rejected);
            filled -= taker.remaining;
            if (rejected != 0) _followPosition(ledger, taker);
        }
        book.state = state;
        if (filled == 0) return (0, 0);
        quote = taker.product / WAD;
        emit IOrderBook.Traded(taker.market, taker.account, taker.buy, taker.liquidation, filled, quote);
    }

    /// @notice What of a position a side closes, base, WAD; zero or less if it does not.
    function reducible(IClearingHouse ledger, uint32 account, uint8 market, bool buy) internal view returns (int256) {
        int256 position = ledger.positionOf(account, market).size;
        return buy ? -position : position;
    }

    /// @notice Whether a taker with this limit would meet an order at `tick`.
    function crosses(bool buy, uint256 limit, uint24 tick) internal pure returns (bool) {
        return tick != 0 && (buy ? tick <= limit : tick >= limit);
    }

    /// @notice What the taker would meet if nothing were rejected, in price-time order: a prefix of the queue, wanted whole but for the last.
    function candidates(
        MarketBook storage book,
        BookState memory state,
        Taker memory taker
    ) internal view returns (uint64[] memory ids, Fill[] memory fills) {
        (ids, fills) = _room(taker.makersLeft);
        uint96 wanted = taker.remaining;
        uint256 count;
        uint24 tick = OrderQueue.best(state, !taker.buy);
        while (wanted != 0 && count != ids.length && crosses(taker.buy, taker.limit, tick)) {
            Level memory level = OrderQueue.sideOf(book, !taker.buy).levels[tick];
            uint64 id = OrderId.encode(taker.market, !taker.buy, tick, level.first);
            uint128 price = uint128(uint256(tick) * state.tickSize);
            while (true) {
                PackedOrder order = book.orders[id];
                ids[count] = id;
                Fill memory fill = _fill(order, price, wanted);
                fills[count++] = fill;
                wanted -= fill.size;
                if (id.indexOf() == level.last || wanted == 0 || count == ids.length) break;
                id = id.withIndex(order.nextIndex(id.indexOf()));
            }
            if (wanted != 0) tick = OrderQueue.worse(OrderQueue.sideOf(book, !taker.buy), !taker.buy, tick);
        }
        assembly ("memory-safe") {
            mstore(ids, count)
            mstore(fills, count)
        }
    }

    /// @dev Before a further round of a taker that may only reduce: what is left of its position, and no more, even if it was
    /// rounded to a wei less or more when it was touched. So a void order on its way neither stops a close nor leaves a wei of it.
    function _followPosition(IClearingHouse ledger, Taker memory taker) private view {
        if (!taker.reduceOnly || taker.remaining == 0) return;
        int256 left = reducible(ledger, taker.account, taker.market, taker.buy);
        if (left <= int256(uint256(taker.remaining)) + TOUCH_DUST)
            taker.remaining = left > 0 ? uint96(uint256(left)) : 0;
    }

    /// @dev Room for `capacity` fills, neither zeroed nor with the structs `new` would make of each. Only written entries are ever read.
    function _room(uint256 capacity) private pure returns (uint64[] memory ids, Fill[] memory fills) {
        assembly ("memory-safe") {
            let length := shl(5, capacity)
            ids := mload(0x40)
            fills := add(add(ids, length), 0x20)
            mstore(ids, capacity)
            mstore(fills, capacity)
            mstore(0x40, add(add(fills, length), 0x20))
        }
    }

    function _fill(PackedOrder order, uint128 price, uint96 wanted) private pure returns (Fill memory fill) {
        uint96 size = order.sizeOf();
        fill.maker = order.accountOf();
        fill.epoch = order.epochOf();
        fill.reduceOnly = order.isReduceOnly();
        fill.price = price;
        fill.resting = size;
        fill.size = size < wanted ? size : wanted;
    }

    /// @notice Writes what the ledger did with the candidates into the book, and what was filled into the taker.
    /// @dev Every candidate but the last was wanted whole, so each of them leaves the book, filled or rejected; only the last may
    /// stay, with what remains of it. So each level is written once and nobody's links change.
    function writeBack(
        MarketBook storage book,
        IClearingHouse ledger,
        BookState memory state,
        Taker memory taker,
        uint64[] memory ids,
        Fill[] memory fills,
        uint256 rejected
    ) internal {
        Side storage side = OrderQueue.sideOf(book, !taker.buy);
        PackedOrder last = book.orders[ids[ids.length - 1]];
        uint96 left;
        for (uint256 i = 0; i < ids.length; ++i) {
            uint64 id = ids[i];
            uint24 tick = id.tickOf();
            if (tick != OrderQueue.best(state, !taker.buy)) {
                OrderQueue.close(side, state, !taker.buy, OrderQueue.best(state, !taker.buy));
            }
            if ((rejected >> i) & 1 == 0) {
                left = _filled(taker, id, fills[i]);
                state.lastTraded = tick;
            } else {
                left = 0;
                emit IOrderBook.OrderCancelled(id, _reason(ledger, taker, fills[i]));
            }
            book.orders[id] = left == 0 ? PackedOrder.wrap(0) : last.withSize(left);
        }
        _advance(side, state, ids[ids.length - 1], last, left != 0);
    }

    /// @dev Makes the last order met, if it stays, or the one after it the first of its level; closes the level if neither is there.
    function _advance(Side storage side, BookState memory state, uint64 id, PackedOrder order, bool stays) private {
        Level storage level = side.levels[id.tickOf()];
        uint32 index = id.indexOf();
        if (!stays && level.last == index) {
            OrderQueue.close(side, state, id.isBid(), id.tickOf());
        } else {
            uint32 first = stays ? index : order.nextIndex(index);
            if (level.first != first) level.first = first;
        }
    }

    /// @return left base, WAD: what of the order remains in the book
    function _filled(Taker memory taker, uint64 id, Fill memory fill) private returns (uint96 left) {
        taker.remaining -= fill.size;
        taker.product += uint256(fill.price) * fill.size;
        emit IOrderBook.OrderFilled(id, fill.size);
        return fill.resting - fill.size;
    }

    function _reason(IClearingHouse ledger, Taker memory taker, Fill memory fill) private view returns (CancelReason) {
        if (fill.maker == taker.account) return CancelReason.SELF_TRADE;
        bool live = ledger.orderEpoch(fill.maker, taker.market) == fill.epoch;
        return live ? CancelReason.REFUSED : CancelReason.VOID;
    }
}
