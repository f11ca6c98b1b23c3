// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {Level, MarketBook, Order} from "../types/Order.sol";
import {OrderId} from "./OrderId.sol";
import {OrderQueue} from "./OrderQueue.sol";

/// @notice A walk along one side, best price first, first in time first.
/// @param market market id
/// @param bids which side
/// @param tickSize of the market
/// @param tick level the walk stands at, 0 at the end
/// @param last index of the last order of that level
/// @param id order the walk stands at
/// @param account whose epoch was read last, so that a run of orders of one account costs one call
/// @param epoch that account's current epoch
struct Walk {
    uint8 market;
    bool bids;
    uint256 tickSize;
    uint24 tick;
    uint32 last;
    uint64 id;
    uint32 account;
    uint32 epoch;
}

/// @title Walking a side in price-time order
library BookWalk {
    using OrderId for uint64;

    /// @notice Stands at the best order of a side.
    function start(MarketBook storage book, uint8 market, bool bids) internal view returns (Walk memory walk) {
        walk.market = market;
        walk.bids = bids;
        walk.tickSize = book.state.tickSize;
        walk.tick = OrderQueue.best(book.state, bids);
        _enter(book, walk);
    }

    /// @notice The order the walk stands at.
    function current(MarketBook storage book, Walk memory walk) internal view returns (Order memory) {
        return book.orders[walk.id].unpack();
    }

    /// @notice Moves to the next order in price-time order.
    /// @param order the one the walk stands at, as read before anything was done to it
    function advance(MarketBook storage book, Walk memory walk, Order memory order) internal view {
        uint32 index = walk.id.indexOf();
        if (index != walk.last) {
            walk.id = walk.id.withIndex(order.next == 0 ? index + 1 : order.next);
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
            Order memory order = current(book, walk);
            if (isLive(ledger, walk, order)) return walk.tick * walk.tickSize;
            advance(book, walk, order);
        }
        return 0;
    }

    function _enter(MarketBook storage book, Walk memory walk) private view {
        Level memory level = OrderQueue.sideOf(book, walk.bids).levels[walk.tick];
        walk.id = OrderId.encode(walk.market, walk.bids, walk.tick, level.first);
        walk.last = level.last;
    }
}
