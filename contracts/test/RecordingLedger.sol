// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {Account, Reservation} from "../types/Account.sol";
import {Fill, Trade} from "../types/Trade.sol";

/// @title The ledger as the order book sees it, without money
/// @notice Keeps reservations, epochs and positions as IClearingHouse promises the book, refuses the makers and takers a test names,
/// and counts the calls. It checks nothing of margin.
contract RecordingLedger {
    error Unauthorised(uint32 account, address caller);
    error TakerRefused(uint32 account);
    error Overshoot(uint32 account);
    error NotEnoughGas(uint256 left, uint256 needed);

    event Filled(uint32 indexed maker, uint32 indexed taker, bool buy, uint256 price, uint256 size);

    mapping(uint32 account => address) public ownerOf;
    mapping(uint32 account => bool) public refused;
    mapping(uint32 account => bool) public unreservable;
    mapping(uint32 account => mapping(uint8 market => Reservation)) public reservation;
    mapping(uint32 account => mapping(uint8 market => int256)) public position;

    bool public starved;

    uint256 public settleCalls;
    uint256 public reserveCalls;
    uint256 public releaseCalls;
    uint256 public largestTrade;

    function setOwner(uint32 account, address owner) external {
        ownerOf[account] = owner;
    }

    /// @notice Makes every fill and reservation of an account fail as for want of margin.
    function setRefused(uint32 account, bool refuses) external {
        refused[account] = refuses;
    }

    /// @notice Makes every reservation of an account fail, but none of its fills.
    function setUnreservable(uint32 account, bool fails) external {
        unreservable[account] = fails;
    }

    /// @notice Makes every trade fail as where too little gas is left to read a source of prices or of depth.
    function setStarved(bool starves) external {
        starved = starves;
    }

    function setPosition(uint32 account, uint8 market, int256 size) external {
        position[account][market] = size;
    }

    /// @notice See IClearingHouse.settle.
    function settle(Trade calldata trade) external returns (uint256 rejected) {
        ++settleCalls;
        if (trade.fills.length > largestTrade) largestTrade = trade.fills.length;
        if (!trade.liquidation) _requireOwner(trade.taker, trade.caller);
        int256 taken;
        for (uint256 i = 0; i < trade.fills.length; ++i) {
            if (_fill(trade, trade.fills[i])) taken += int256(uint256(trade.fills[i].size));
            else rejected |= 1 << i;
        }
        if (taken == 0) return rejected;
        if (starved) revert NotEnoughGas(gasleft(), type(uint256).max);
        if (refused[trade.taker] && !trade.liquidation) revert TakerRefused(trade.taker);
        int256 change = trade.buy ? taken : -taken;
        if (trade.reduceOnly && !_reduces(position[trade.taker][trade.market], change)) revert Overshoot(trade.taker);
        position[trade.taker][trade.market] += change;
    }

    /// @notice See IClearingHouse.reserve.
    function reserve(
        uint32 account,
        uint8 market,
        uint256 bids,
        uint256 asks,
        address caller
    ) external returns (uint32 epoch) {
        ++reserveCalls;
        _requireOwner(account, caller);
        if (refused[account] || unreservable[account]) revert TakerRefused(account);
        Reservation storage held = reservation[account][market];
        held.bids += uint96(bids);
        held.asks += uint96(asks);
        return held.epoch;
    }

    /// @notice See IClearingHouse.release.
    function release(uint32 account, uint8 market, uint256 bids, uint256 asks, uint32 epoch, address caller) external {
        ++releaseCalls;
        if (caller != msg.sender) _requireOwner(account, caller);
        Reservation storage held = reservation[account][market];
        if (held.epoch != epoch) return;
        held.bids -= uint96(bids);
        held.asks -= uint96(asks);
    }

    /// @notice See IClearingHouse.releaseAll.
    function releaseAll(uint32 account, uint8 market, address caller) external {
        if (caller != msg.sender) _requireOwner(account, caller);
        Reservation storage held = reservation[account][market];
        held.bids = 0;
        held.asks = 0;
        ++held.epoch;
    }

    /// @notice See IClearingHouse.orderEpoch.
    function orderEpoch(uint32 account, uint8 market) external view returns (uint32) {
        return reservation[account][market].epoch;
    }

    /// @notice See IClearingHouse.accountData; only the owner is kept.
    function accountData(uint32 account) external view returns (Account memory data) {
        data.owner = ownerOf[account];
    }

    /// @notice See IClearingHouse.positionOf; only the size is kept.
    function positionOf(uint32 account, uint8 market) external view returns (IClearingHouse.PositionView memory held) {
        held.size = position[account][market];
    }

    function _fill(Trade calldata trade, Fill calldata fill) private returns (bool) {
        Reservation storage held = reservation[fill.maker][trade.market];
        if (fill.epoch != held.epoch) return false;
        int256 change = trade.buy ? -int256(uint256(fill.size)) : int256(uint256(fill.size));
        bool overshoots = fill.reduceOnly && !_reduces(position[fill.maker][trade.market], change);
        bool rejects = fill.maker == trade.taker || refused[fill.maker] || overshoots;
        uint96 released = rejects ? fill.resting : fill.size;
        if (trade.buy) held.asks -= released;
        else held.bids -= released;
        if (rejects) return false;
        position[fill.maker][trade.market] += change;
        emit Filled(fill.maker, trade.taker, trade.buy, fill.price, fill.size);
        return true;
    }

    function _reduces(int256 held, int256 change) private pure returns (bool) {
        return change > 0 ? held + change <= 0 : held + change >= 0;
    }

    function _requireOwner(uint32 account, address caller) private view {
        if (ownerOf[account] != caller) revert Unauthorised(account, caller);
    }
}
