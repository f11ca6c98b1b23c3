// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ProRata} from "../../contracts/deleveraging/ProRata.sol";
import {LedgerWorld} from "../support/LedgerWorld.sol";
import {Properties} from "../support/Properties.sol";
import {Test} from "../support/Test.sol";

/// @title It does not matter when positions are settled, nor into how many accounts they are split
contract SettlementOrderTest is Test {
    uint32 internal constant BANKRUPT = 6;
    uint256 internal constant PRICE = 100e18;

    /// @dev Two copies of one history: in one every position is settled after every step, in a random order; in the other only at
    /// the end. Settling moves a charge from cash into the break-even, which may change a tranche, so charges come last.
    /// forge-config: default.fuzz.runs = 48
    function testFuzz_SettlingOftenOrOnceGivesTheSame(uint256 seed) external {
        ProRata policy = new ProRata();
        LedgerWorld eager = new LedgerWorld(6, policy, PRICE);
        LedgerWorld lazy = new LedgerWorld(6, policy, PRICE);
        bool short = seed & 1 == 0;
        _open(eager, seed, short);
        _open(lazy, seed, short);
        for (uint256 step; step < 8; ++step) {
            seed = uint256(keccak256(abi.encode(seed, step)));
            skip(seed % 1 days);
            uint256 price = 60e18 + ((seed >> 32) % 80e18);
            int256 premium = int256((seed >> 64) % 0.02e18) - 0.01e18;
            eager.setPrice(price, premium);
            lazy.setPrice(price, premium);
            int256 size = int256((seed >> 128) % 2e20) + 1;
            uint256 deficit = step == 7 ? (seed >> 192) % 1e22 : 0;
            eager.deleverage(BANKRUPT, short ? size : -size, price, deficit);
            lazy.deleverage(BANKRUPT, short ? size : -size, price, deficit);
            for (uint32 i; i < 6; ++i) eager.poke(uint32(1 + ((i + seed) % 6)));
        }
        for (uint32 account = 1; account <= 6; ++account) {
            // A tenth of a billionth of a unit on positions of thousands.
            vm.assertApproxEqAbs(eager.equityOf(account), lazy.equityOf(account), 1e8, Properties.P8);
            vm.assertApproxEqAbs(eager.sizeOf(account), lazy.sizeOf(account), 1e3, Properties.P8);
        }
        for (uint32 account = 6; account >= 1; --account) lazy.poke(account);
        for (uint32 account = 1; account <= 6; ++account) {
            vm.assertApproxEqAbs(eager.cashOf(account), lazy.cashOf(account), 1e8, Properties.P8);
        }
    }

    /// @dev One account in one copy, the same position split into four in the other.
    /// forge-config: default.fuzz.runs = 48
    function testFuzz_SplittingAPositionIntoAccountsGivesTheSame(uint256 seed) external {
        ProRata policy = new ProRata();
        LedgerWorld whole = new LedgerWorld(6, policy, PRICE);
        LedgerWorld split = new LedgerWorld(6, policy, PRICE);
        bool short = seed & 1 == 0;
        uint96[4] memory parts;
        uint96 total;
        for (uint256 i; i < 4; ++i) {
            parts[i] = uint96(1 + ((seed >> (16 + 32 * i)) % 1e20));
            total += parts[i];
            split.trade(uint32(1 + i), BANKRUPT, !short, parts[i], 100e18);
        }
        whole.trade(1, BANKRUPT, !short, total, 100e18);
        split.trade(5, BANKRUPT, !short, 7e19, 95e18);
        whole.trade(5, BANKRUPT, !short, 7e19, 95e18);
        for (uint256 step; step < 6; ++step) {
            seed = uint256(keccak256(abi.encode(seed, step)));
            skip(seed % 1 days);
            uint256 price = 60e18 + ((seed >> 32) % 80e18);
            int256 premium = int256((seed >> 64) % 0.02e18) - 0.01e18;
            whole.setPrice(price, premium);
            split.setPrice(price, premium);
            int256 size = int256((seed >> 128) % 1e20) + 1;
            uint256 deficit = (seed >> 192) % 1e21;
            whole.deleverage(BANKRUPT, short ? size : -size, price, deficit);
            split.deleverage(BANKRUPT, short ? size : -size, price, deficit);
        }
        int256 equity = -3 * int256(split.STAKE());
        int256 left;
        for (uint32 account = 1; account <= 4; ++account) {
            equity += split.equityOf(account);
            left += split.sizeOf(account);
        }
        vm.assertApproxEqAbs(equity, whole.equityOf(1), 1e4, Properties.P8);
        vm.assertApproxEqAbs(left, whole.sizeOf(1), 10, Properties.P8);
    }

    function _open(LedgerWorld world, uint256 seed, bool short) private {
        for (uint32 account = 1; account < BANKRUPT; ++account) {
            uint256 random = uint256(keccak256(abi.encode(seed, account)));
            // Five entries far enough apart that rounding cannot carry one into a neighbour's bucket.
            uint128 price = uint128(80e18 + 8e18 * uint256(account));
            world.trade(account, BANKRUPT, !short, uint96(1e18 + (random % 3e20)), price);
        }
    }
}
