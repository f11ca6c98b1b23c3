// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {Level, MarketBook, Order} from "../types/Order.sol";
import {OrderQueue} from "./OrderQueue.sol";

/// @notice A walk along one side, best price first, first in time first.
/// @param market market id
/// @param bids which side
/// @param tick level the walk stands at, 0 at the end
/// @param tail last order of that level
/// @param number order the walk stands at
/// @param account whose epoch was read last, so that a run of orders of one account costs one call
/// @param epoch that account's current epoch
struct Walk {
    uint8 market;
    bool bids;
    uint24 tick;
    uint32 tail;
    uint32 number;
    uint32 account;
    uint32 epoch;
}

/// @title Walking a side in price-time order
library BookWalk {
    /// @notice Stands at the best order of a side.
    function start(MarketBook storage book, uint8 market, bool bids) internal view returns (Walk memory walk) {
        walk.market = market;
        walk.bids = bids;
        walk.tick = OrderQueue.best(book.top, bids);
        _enter(book, walk);
    }

    /// @notice Moves to the next order in price-time order.
    function advance(MarketBook storage book, Walk memory walk, Order memory order) internal view {
        if (walk.number != walk.tail) {
            walk.number = order.next;
            return;
        }
        walk.tick = OrderQueue.worse(OrderQueue.sideOf(book, walk.bids), walk.bids, walk.tick);
        _enter(book, walk);
    }

    /// @notice Whether an order met on a walk is live.
    function isLive(IClearingHouse ledger, Walk memory walk, Order memory order) internal view returns (bool) {
        if (walk.account != order.account) {
            walk.account = order.account;
            walk.epoch = ledger.orderEpoch(order.account, walk.market);
        }
        return walk.epoch == order.epoch;
    }

    /// @notice Best price of a side with a live order among its first `maxOrders`; 0 if there is none.
    function bestLive(
        MarketBook storage book,
        IClearingHouse ledger,
        uint8 market,
        bool bids,
        uint256 maxOrders
    ) internal view returns (uint256) {
        Walk memory walk = start(book, market, bids);
        for (uint256 i = 0; i < maxOrders && walk.tick != 0; ++i) {
            Order memory order = book.orders[walk.number].unpack();
            if (isLive(ledger, walk, order)) return walk.tick * uint256(book.config.tickSize);
            advance(book, walk, order);
        }
        return 0;
    }

    function _enter(MarketBook storage book, Walk memory walk) private view {
        Level memory level = OrderQueue.sideOf(book, walk.bids).levels[walk.tick];
        walk.number = level.head;
        walk.tail = level.tail;
    }
}
