// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOrderBook} from "../interfaces/IOrderBook.sol";
import {BookState, Level, MarketBook, Order, PackedOrder, Side} from "../types/Order.sol";
import {OrderId} from "./OrderId.sol";
import {TickBitmap} from "./TickBitmap.sol";

/// @title First in, first out at every price
/// @notice Orders of a level have consecutive indices. Only a cancelled order in the middle makes its neighbours name each other, so
/// placing at the end of a queue touches no other order. The level says where its queue begins and ends: links that point beyond
/// either end are not kept up to date.
/// @dev `state` is the market's slot in memory; whoever changes it stores it once.
library OrderQueue {
    using OrderId for uint64;
    using TickBitmap for TickBitmap.Bitmap;

    /// @notice The bids or the asks.
    function sideOf(MarketBook storage book, bool bids) internal view returns (Side storage side) {
        return bids ? book.bids : book.asks;
    }

    /// @notice Best tick of a side, void orders included; 0 if the side is empty.
    function best(BookState memory state, bool bids) internal pure returns (uint24) {
        return bids ? state.bestBid : state.bestAsk;
    }

    /// @notice The next worse tick of a side, 0 if there is none.
    function worse(Side storage side, bool bids, uint24 tick) internal view returns (uint24) {
        return bids ? side.ticks.below(tick) : side.ticks.above(tick);
    }

    /// @notice Puts an order last in the queue of its tick.
    /// @return id its name
    /// @return changed true if `state` now differs from storage
    function append(
        MarketBook storage book,
        BookState memory state,
        uint8 market,
        bool bids,
        uint24 tick,
        Order memory order
    ) internal returns (uint64 id, bool changed) {
        Side storage side = sideOf(book, bids);
        Level memory level = side.levels[tick];
        if (level.placed == OrderId.MAX_INDEX) revert IOrderBook.LevelExhausted(market, tick);
        uint32 index = ++level.placed;
        id = OrderId.encode(market, bids, tick, index);
        if (level.first == 0) {
            level.first = index;
            side.ticks.set(tick);
            uint24 current = best(state, bids);
            changed = current == 0 || (bids ? tick > current : tick < current);
            if (changed) _setBest(state, bids, tick);
        } else if (level.last != index - 1) {
            order.previous = level.last;
            uint64 last = id.withIndex(level.last);
            book.orders[last] = book.orders[last].withNext(index);
        }
        level.last = index;
        side.levels[tick] = level;
        book.orders[id] = order.pack();
    }

    /// @notice Takes one order out of its queue, wherever it stands.
    /// @return emptied true if its level is empty now; the caller is to `close` it
    function remove(MarketBook storage book, uint64 id, Order memory order) internal returns (bool emptied) {
        uint32 index = id.indexOf();
        uint32 previous = order.previous == 0 ? index - 1 : order.previous;
        uint32 next = order.next == 0 ? index + 1 : order.next;
        Level storage level = sideOf(book, id.isBid()).levels[id.tickOf()];
        uint32 last = level.last;
        book.orders[id] = PackedOrder.wrap(0);
        if (level.first == index) {
            if (last == index) return true;
            level.first = next;
        } else if (last == index) {
            level.last = previous;
        } else {
            uint64 neighbour = id.withIndex(previous);
            book.orders[neighbour] = book.orders[neighbour].withNext(next);
            neighbour = id.withIndex(next);
            book.orders[neighbour] = book.orders[neighbour].withPrevious(previous);
        }
    }

    /// @notice Marks a level as empty and moves the best tick on if it was the best.
    /// @return changed true if `state` now differs from storage
    function close(Side storage side, BookState memory state, bool bids, uint24 tick) internal returns (bool changed) {
        side.levels[tick].first = 0;
        side.ticks.clear(tick);
        if (best(state, bids) != tick) return false;
        _setBest(state, bids, worse(side, bids, tick));
        return true;
    }

    function _setBest(BookState memory state, bool bids, uint24 tick) private pure {
        if (bids) state.bestBid = tick;
        else state.bestAsk = tick;
    }
}
