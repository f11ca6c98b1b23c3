// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FLAG_BUY, Level, MarketBook, Order, PackedOrder, Side, Top} from "../types/Order.sol";
import {TickBitmap} from "./TickBitmap.sol";

/// @title First in, first out at every price
/// @notice Doubly linked queues of orders, one per tick and side. The level says where its queue begins and ends: the
/// `previous` of the head and the `next` of the tail are not kept up to date, which saves a write whenever an end is removed.
/// @dev `top` is the market's cached slot in memory; whoever loads it stores it once after its last change.
library OrderQueue {
    using TickBitmap for TickBitmap.Bitmap;

    /// @notice The bids or the asks.
    function sideOf(MarketBook storage book, bool bids) internal view returns (Side storage side) {
        return bids ? book.bids : book.asks;
    }

    /// @notice Best tick of a side, void orders included; 0 if the side is empty.
    function best(Top memory top, bool bids) internal pure returns (uint24) {
        return bids ? top.bestBid : top.bestAsk;
    }

    /// @notice The next worse tick of a side, 0 if there is none.
    function worse(Side storage side, bool bids, uint24 tick) internal view returns (uint24) {
        return bids ? side.ticks.below(tick) : side.ticks.above(tick);
    }

    /// @notice Puts an order last in the queue of its tick and numbers it.
    function append(MarketBook storage book, Top memory top, Order memory order) internal returns (uint32 number) {
        number = ++top.lastId;
        bool bids = order.flags & FLAG_BUY != 0;
        Side storage side = sideOf(book, bids);
        Level storage level = side.levels[order.tick];
        uint32 tail = level.tail;
        if (level.head == 0) {
            level.head = number;
            side.ticks.set(order.tick);
            uint24 current = best(top, bids);
            if (current == 0 || (bids ? order.tick > current : order.tick < current)) setBest(top, bids, order.tick);
        } else {
            order.previous = tail;
            book.orders[tail] = book.orders[tail].withNext(number);
        }
        level.tail = number;
        book.orders[number] = order.pack();
    }

    /// @notice Takes one order out of its queue, wherever it stands.
    /// @return changed true if `top` now differs from storage
    function remove(
        MarketBook storage book,
        Top memory top,
        uint32 number,
        Order memory order
    ) internal returns (bool changed) {
        bool bids = order.flags & FLAG_BUY != 0;
        Side storage side = sideOf(book, bids);
        Level memory level = side.levels[order.tick];
        book.orders[number] = PackedOrder.wrap(0);
        if (level.head == number) {
            if (level.tail == number) return close(side, top, bids, order.tick);
            side.levels[order.tick].head = order.next;
        } else if (level.tail == number) {
            side.levels[order.tick].tail = order.previous;
        } else {
            book.orders[order.previous] = book.orders[order.previous].withNext(order.next);
            book.orders[order.next] = book.orders[order.next].withPrevious(order.previous);
        }
    }

    /// @notice Marks a level as empty and moves the best tick on if it was the best.
    /// @return changed true if `top` now differs from storage
    function close(Side storage side, Top memory top, bool bids, uint24 tick) internal returns (bool changed) {
        side.levels[tick].head = 0;
        side.ticks.clear(tick);
        if (best(top, bids) != tick) return false;
        setBest(top, bids, worse(side, bids, tick));
        return true;
    }

    /// @notice Sets a side's best tick in the cached slot.
    function setBest(Top memory top, bool bids, uint24 tick) internal pure {
        if (bids) top.bestBid = tick;
        else top.bestAsk = tick;
    }
}
