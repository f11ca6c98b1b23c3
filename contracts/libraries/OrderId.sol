// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The 64-bit name of an order
/// @notice market << 56 | bid << 55 | tick << 31 | index. It says where the order stands, so an order need not store it; the index
/// counts the orders ever placed at one price of one side, so no id is used twice.
library OrderId {
    uint256 internal constant MAX_INDEX = 2 ** 31 - 1;

    function encode(uint8 market, bool bid, uint24 tick, uint32 index) internal pure returns (uint64) {
        return (uint64(market) << 56) | (bid ? uint64(1) << 55 : 0) | (uint64(tick) << 31) | index;
    }

    function marketOf(uint64 id) internal pure returns (uint8) {
        return uint8(id >> 56);
    }

    function isBid(uint64 id) internal pure returns (bool) {
        return (id >> 55) & 1 != 0;
    }

    function tickOf(uint64 id) internal pure returns (uint24) {
        return uint24(id >> 31);
    }

    function indexOf(uint64 id) internal pure returns (uint32) {
        return uint32(id & MAX_INDEX);
    }

    /// @notice The id of another order in the same queue.
    function withIndex(uint64 id, uint32 index) internal pure returns (uint64) {
        return (id & ~uint64(MAX_INDEX)) | index;
    }
}
