// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FixedMath} from "../../contracts/libraries/FixedMath.sol";
import {ClosedProfitLogic} from "../../contracts/logic/ClosedProfitLogic.sol";
import {ReachLogic} from "../../contracts/logic/ReachLogic.sol";
import {Ledger} from "../../contracts/types/Ledger.sol";
import {Properties} from "../support/Properties.sol";
import {Test} from "../support/Test.sol";

/// @title Closed profit is charged no more than there is, and all that is charged is paid
/// @notice Profits, losses, what is lost to one another, charges, settlements and time in random order, over both sides, several halves and accounts.
contract ClosedProfitTest is Test {
    uint32 internal constant ACCOUNTS = 5;
    uint8 internal constant MARKET = 3;

    Ledger private _ledger;

    /// @dev Quote that pools were charged, that accounts have realised, net, and steps so far.
    uint256 private _charged;
    int256 private _realised;
    uint256 private _steps;

    function setUp() external {
        vm.warp(365 days);
    }

    /// forge-config: default.fuzz.runs = 256
    function testFuzz_WhatIsChargedIsPaidAndNobodyPaysBeyondWhatIsLeft(uint256 seed) external {
        uint256 maturity = 1 + (seed % 30 days);
        for (uint256 step; step < 60; ++step) {
            seed = uint256(keccak256(abi.encode(seed, step)));
            uint32 account = uint32(1 + ((seed >> 8) % ACCOUNTS));
            bool short = (seed >> 16) & 1 == 1;
            uint256 amount = _amount(seed >> 32);
            uint256 what = seed % 10;
            if (what < 3) _book(account, short, int256(amount), maturity);
            else if (what == 3) _book(account, short, -int256(amount / 4), maturity);
            else if (what < 6) _charge(short, amount, (seed >> 24) % 3, maturity);
            else if (what == 6) _settle(account);
            else if (what == 7) _hand(account, uint32(1 + (account % ACCOUNTS)), amount, maturity);
            else if (what == 8) _grant(account, short, amount, maturity);
            else skip((seed >> 40) % (maturity + 1));
            ++_steps;
            _check(maturity);
        }
        skip(maturity + 1);
        for (uint32 account = 1; account <= ACCOUNTS; ++account) _settle(account);
        for (uint32 account = 1; account <= ACCOUNTS; ++account) {
            vm.assertEq(_ledger.accounts[account].closedProfit, 0, "out of reach, nothing is left of a record");
        }
        _check(maturity);
    }

    /// @dev P8: settled after every charge or once, in one account or in two.
    function testFuzz_SettlingAndSplittingChangeNothing(uint256 profit, uint256 part, uint256 seed) external {
        profit = bound(profit, 1e6, 1e27);
        part = bound(part, 1, profit - 1);
        uint256 maturity = 2 hours;
        _book(1, true, int256(profit), maturity);
        _book(2, false, int256(part), maturity);
        _book(3, false, int256(profit - part), maturity);
        for (uint256 i; i < 6; ++i) {
            seed = uint256(keccak256(abi.encode(seed, i)));
            uint256 amount = seed % (profit / 4);
            _charge(true, amount, 1, maturity);
            _charge(false, amount, 1, maturity);
            if (seed & (1 << 200) != 0) _settle(2);
        }
        _settle(1);
        _settle(2);
        _settle(3);
        int256 split = int256(_ledger.accounts[2].cash) + _ledger.accounts[3].cash;
        vm.assertApproxEqAbs(int256(_ledger.accounts[1].cash), split, 1e5, Properties.P8);
    }

    function _book(uint32 account, bool short, int256 net, uint256 maturity) private {
        int256 gained = net > 0 ? net : int256(0);
        if (gained > 0 || ReachLogic.anyIn(_ledger.accounts[account], MARKET)) {
            ClosedProfitLogic.book(_ledger, account, MARKET, short, net, gained, maturity);
        }
        _ledger.accounts[account].cash += int112(net);
        _realised += net;
    }

    /// @dev What is lost to another stays within reach, to the wei, of both together.
    function _hand(uint32 from, uint32 to, uint256 amount, uint256 maturity) private {
        (, uint256 lost) = ClosedProfitLogic.standingOf(_ledger, from);
        (, uint256 won) = ClosedProfitLogic.standingOf(_ledger, to);
        uint256 moved = ClosedProfitLogic.hand(_ledger, from, to, amount, maturity);
        vm.assertLe(moved, FixedMath.min(amount, lost), "no more than there was");
        _ledger.accounts[from].cash -= int112(int256(moved));
        _ledger.accounts[to].cash += int112(int256(moved));
        (, uint256 left) = ClosedProfitLogic.standingOf(_ledger, from);
        (, uint256 has) = ClosedProfitLogic.standingOf(_ledger, to);
        vm.assertEq(left + moved, lost, "out of one hand");
        vm.assertEq(won + moved, has, "into the other");
    }

    function _grant(uint32 account, bool short, uint256 amount, uint256 maturity) private {
        ClosedProfitLogic.grant(_ledger, account, MARKET, short, amount, maturity);
        _ledger.accounts[account].cash += int112(int256(amount));
        _realised += int256(amount);
    }

    /// @dev Charges the present half's pool, or the last one's; all of it where `how` is 0.
    function _charge(bool short, uint256 amount, uint256 how, uint256 maturity) private {
        (uint256[2] memory keys, uint256[2] memory amounts) = ClosedProfitLogic.pools(_ledger, MARKET, short, maturity);
        uint256 place = how == 2 ? 1 : 0;
        if (amounts[place] == 0) return;
        if (how == 0 || amount > amounts[place]) amount = amounts[place];
        if (amount == 0) return;
        ClosedProfitLogic.charge(_ledger, MARKET, short, keys[place], amount);
        _charged += amount;
    }

    function _settle(uint32 account) private {
        ReachLogic.settle(_ledger, account);
    }

    /// @dev What left accounts, and what they owe, is at least what pools were charged, and at most a few wei a step more; pools
    /// have at least what their records are worth, so that no charge finds less than it takes.
    function _check(uint256 maturity) private view {
        int256 cash;
        uint256[2] memory inReach;
        for (uint32 account = 1; account <= ACCOUNTS; ++account) {
            cash += int256(_ledger.accounts[account].cash) - ReachLogic.owedBy(_ledger, account);
            for (uint256 side; side < 2; ++side) {
                (, uint256 reachable) = ClosedProfitLogic.standingIn(_ledger, account, MARKET, side == 1);
                inReach[side] += reachable;
            }
        }
        int256 paid = _realised - cash;
        vm.assertGe(paid, int256(_charged), Properties.P3);
        for (uint256 side; side < 2; ++side) {
            (, uint256[2] memory amounts) = ClosedProfitLogic.pools(_ledger, MARKET, side == 1, maturity);
            vm.assertLe(amounts[0] + amounts[1], inReach[side] + uint256(paid) - _charged, Properties.P6);
        }
    }

    /// @dev From a wei to a billion, evenly in digits.
    function _amount(uint256 seed) private pure returns (uint256) {
        return 1 + ((seed >> 8) % (10 ** (seed % 28)));
    }
}
